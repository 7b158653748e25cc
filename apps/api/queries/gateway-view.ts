import type { FastifyRequest } from 'fastify';
import type { GatewayHealth, HealthWindow } from '../../../libs/gateways/gateway-vitals.js';
import type { GatewayDescription } from '../../../libs/gateways/live-gateways.js';
import { Problem } from '../../../libs/platform/problem.js';

/** The name that the path holds; whether there is such a gateway, the caller finds. */
export function gatewayNameIn(request: FastifyRequest): string {
  const { name = '' } = request.params as { name?: string };
  return name;
}

export function gatewayNotFound(): Problem {
  const detail = 'There is no such gateway.';
  return new Problem({ status: 404, code: 'GATEWAY_NOT_FOUND', detail });
}

/** A gateway as the API shows it. */
export function gatewayView(gateway: GatewayDescription) {
  const { name, adapter, enabled, currencies, methods, countries, weight } = gateway;
  return {
    name,
    adapter,
    enabled,
    currencies,
    methods,
    countries,
    limits: gateway.limits.map(({ currency, min, max }) => ({
      currency,
      min: min === null ? null : digitsView(min),
      max: max === null ? null : digitsView(max),
    })),
    cost: gateway.cost.map(({ currency, fixed, percent }) => ({
      currency,
      fixed: digitsView(fixed),
      // At most seven digits: a number shows them as they are.
      percent: Number(percent),
    })),
    weight,
    health: healthView(gateway.health),
    breaker: gateway.breaker,
    reason: gateway.reason,
  };
}

function healthView(health: GatewayHealth) {
  return {
    score: health.score,
    reason: health.reason,
    ...windowView(health),
    last_minute: windowView(health.lastMinute),
    by: health.by.map(({ currency, method, ...window }) => ({
      currency,
      method,
      ...windowView(window),
    })),
  };
}

function windowView(window: HealthWindow) {
  return {
    samples: window.samples,
    success_rate: window.successRate,
    error_rate: window.errorRate,
    latency_p50_ms: window.latencyP50Ms,
    latency_p95_ms: window.latencyP95Ms,
    latency_p99_ms: window.latencyP99Ms,
  };
}

/** Minor units from their digits: a number as long as JSON keeps it exact. */
export function digitsView(digits: string): number | string {
  const amount = Number(digits);
  return Number.isSafeInteger(amount) ? amount : digits;
}
