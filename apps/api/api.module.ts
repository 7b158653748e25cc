import { Module, type DynamicModule } from '@nestjs/common';
import { CommandBus, CqrsModule } from '@nestjs/cqrs';
import { ApiKeys } from '../../libs/access/api-keys.js';
import { Authenticator } from '../../libs/access/authenticator.js';
import { EventStore } from '../../libs/event-store/event-store.js';
import { LiveGateways } from '../../libs/gateways/live-gateways.js';
import { GatewayRegistry } from '../../libs/gateways/registry/gateway-registry.js';
import { RoutingRules } from '../../libs/gateways/routing/routing-rules.js';
import type { Orchestration } from '../../libs/orchestration/open-orchestration.js';
import { PaymentCalls } from '../../libs/orchestration/payment-calls.js';
import type { Clock } from '../../libs/platform/clock.js';
import type { Logger } from '../../libs/platform/logging.js';
import { GatewayWebhooks } from './commands/gateway-webhooks.js';
import type { KeyedHash } from './commands/installation-secrets.js';
import { KeyCommands } from './commands/key-commands.js';
import { PaymentAnswers } from './commands/payment-answers.js';
import { PaymentCommands } from './commands/payment-commands.js';
import { PaymentHandler } from './commands/payment.handler.js';
import { SettingsCommands } from './commands/settings-commands.js';
import { LogPositions } from './http/positions.js';
import { FreshReadModels } from './queries/freshness.js';
import { PaymentReader } from './queries/payment-reader.js';
import { ReadModels } from './queries/read-models.js';
import { ROUTES } from './routes/routes.js';

/** What the API is made of: ports, and what is measured or secret. */
export interface ApiParts {
  readonly store: EventStore;
  /** The id of the log; read before the first request. */
  readonly logId: string;
  readonly calls: PaymentCalls;
  /** What operators change and see of gateways and routing, and what webhooks' facts are recorded with. */
  readonly orchestration: Pick<Orchestration, 'ports' | 'gateways' | 'registry' | 'rules'>;
  readonly readModels: ReadModels;
  readonly keyedHash: KeyedHash;
  readonly clock: Clock;
  readonly commandsInFlightMax: number;
  readonly logger: Logger;
}

/** Every provider of the process. */
@Module({})
export class ApiModule {
  static of(parts: ApiParts): DynamicModule {
    const { orchestration } = parts;
    const positions = new LogPositions(parts.logId);
    const keys = new ApiKeys(parts.store, parts.clock);
    const authenticator = new Authenticator(keys, parts.clock);
    return {
      module: ApiModule,
      imports: [CqrsModule.forRoot()],
      controllers: ROUTES.map((route) => route.controller),
      providers: [
        PaymentHandler,
        { provide: EventStore, useValue: parts.store },
        { provide: PaymentCalls, useValue: parts.calls },
        { provide: ReadModels, useValue: parts.readModels },
        { provide: LiveGateways, useValue: orchestration.gateways },
        { provide: GatewayRegistry, useValue: orchestration.registry },
        { provide: RoutingRules, useValue: orchestration.rules },
        {
          provide: GatewayWebhooks,
          useValue: new GatewayWebhooks(orchestration.ports, parts.logger),
        },
        { provide: SettingsCommands, useValue: new SettingsCommands(parts.keyedHash) },
        { provide: LogPositions, useValue: positions },
        { provide: Authenticator, useValue: authenticator },
        { provide: PaymentReader, useValue: new PaymentReader(parts.store) },
        { provide: FreshReadModels, useValue: new FreshReadModels(parts.readModels, positions) },
        {
          provide: KeyCommands,
          useValue: new KeyCommands({
            keys,
            authenticator,
            clock: parts.clock,
            keyedHash: parts.keyedHash,
          }),
        },
        {
          provide: PaymentCommands,
          useFactory: (bus: CommandBus) =>
            new PaymentCommands(
              bus,
              parts.keyedHash,
              new PaymentAnswers(positions),
              parts.commandsInFlightMax,
            ),
          inject: [CommandBus],
        },
      ],
    };
  }
}
