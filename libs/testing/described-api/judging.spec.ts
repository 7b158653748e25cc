import { descriptionOf, type DescribedOperation } from './description.js';
import { judgeOf, type Answer } from './judging.js';

const PROBLEM = {
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
};
const description = descriptionOf({
  paths: {
    '/things': {
      get: {
        operationId: 'listThings',
        description: 'Roles: admin.',
        responses: {
          200: {
            description: 'All.',
            content: { 'application/json': { schema: { $ref: '#/components/schemas/Things' } } },
          },
          204: { description: 'None.' },
          404: { description: '`THING_NOT_FOUND`', ...PROBLEM },
          503: { description: '`AWAY`', ...PROBLEM },
        },
      },
    },
  },
  components: {
    schemas: {
      Things: {
        type: 'object',
        properties: { at: { type: 'string', format: 'date-time' } },
        required: ['at'],
      },
      Problem: {
        type: 'object',
        properties: { status: {}, code: { type: 'string' }, correlation_id: {}, lag: {} },
        required: ['code'],
      },
    },
  },
});

const [operation] = description.operations as [DescribedOperation];
const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' };
const PROBLEM_TYPE = { 'content-type': 'application/problem+json' };
const FINE = { at: '2026-03-01T10:00:00Z' };

function problem(status: number, over: object = {}): Answer {
  const body = { status, code: 'THING_NOT_FOUND', correlation_id: 'c', ...over };
  return { status, headers: PROBLEM_TYPE, text: JSON.stringify(body) };
}

describe('an answer beside its description', () => {
  const judge = judgeOf(description);

  it.each<[string, Answer]>([
    ['a body', { status: 200, headers: JSON_TYPE, text: JSON.stringify(FINE) }],
    ['nothing', { status: 204, headers: {}, text: '' }],
    ['a problem, with a member of its own', problem(404, { lag: 3 })],
  ])('is fine as described: %s', (_what, answer) => {
    expect(judge(operation, answer)).toEqual([]);
  });

  it.each<[string, Answer, RegExp]>([
    ['another status', { status: 201, headers: JSON_TYPE, text: '{}' }, /status/],
    ['a fault of ours', problem(500), /fault of ours/],
    ['another content type', { status: 200, headers: PROBLEM_TYPE, text: '{}' }, /content type/],
    ['no content type', { status: 200, headers: {}, text: '{}' }, /content type/],
    ['no JSON', { status: 200, headers: JSON_TYPE, text: '{' }, /no JSON/],
    ['less', { status: 200, headers: JSON_TYPE, text: '{}' }, /required property 'at'/],
    ['another form', { status: 200, headers: JSON_TYPE, text: '{"at": "soon"}' }, /date-time/],
    [
      'more',
      { status: 200, headers: JSON_TYPE, text: JSON.stringify({ ...FINE, more: 1 }) },
      /additional/,
    ],
    ['more within a problem', problem(404, { hint: 'x' }), /additional/],
    ['a body where none is', { status: 204, headers: {}, text: '{}' }, /body/],
    ['another code', problem(404, { code: 'OTHER' }), /OTHER/],
    ['another status within', problem(404, { status: 400 }), /status 400/],
    ['no correlation id', problem(404, { correlation_id: '' }), /correlation/],
    ['no word of when to come again', problem(503, { code: 'AWAY' }), /Retry-After/],
  ])('is not with %s', (_what, answer, complaint) => {
    expect(judge(operation, answer).join('; ')).toMatch(complaint);
  });

  it('is for those whom the description names', () => {
    expect(operation.roles).toEqual(['admin']);
  });
});
