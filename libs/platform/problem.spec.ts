import { problemBody } from './problem.js';

describe('problemBody', () => {
  const options = { status: 400, code: 'VALIDATION_FAILED', detail: 'The body does not fit.' };

  it('has every member of the convention', () => {
    const errors = [{ pointer: '/amount', detail: 'must be an integer' }];
    expect(JSON.parse(problemBody({ ...options, errors }, 'corr-1'))).toEqual({
      type: 'urn:tillstream:problem:validation-failed',
      title: 'Bad request',
      status: 400,
      detail: 'The body does not fit.',
      code: 'VALIDATION_FAILED',
      correlation_id: 'corr-1',
      errors,
    });
  });

  it('names no property whose name holds a card number', () => {
    const errors = [{ pointer: '/metadata/4111 1111 1111 1111', detail: 'is not known' }];
    expect(problemBody({ ...options, errors }, 'corr-1')).not.toContain('4111');
  });

  it('bounds the list of faults', () => {
    const errors = Array.from({ length: 500 }, (_, at) => ({ pointer: `/${at}`, detail: 'x' }));
    const body = JSON.parse(problemBody({ ...options, errors }, 'c')) as { errors: unknown[] };
    expect(body.errors).toHaveLength(20);
  });
});
