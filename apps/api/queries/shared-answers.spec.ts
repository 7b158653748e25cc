import { eventually } from '../../../libs/testing/eventually.js';
import { SharedAnswers } from './shared-answers.js';

/** Answers with the number of the question, when told to. */
function asker() {
  const open: { readonly resolve: () => void; readonly reject: (error: Error) => void }[] = [];
  const ask = () =>
    new Promise<number>((resolve, reject) => {
      const number = open.length + 1;
      open.push({ resolve: () => resolve(number), reject });
    });
  return { open, ask };
}

/** Until everything that can happen by itself has happened. */
async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

describe('shared answers', () => {
  it('ask at once where nobody asks', async () => {
    const { open, ask } = asker();
    const shared = new SharedAnswers<number>();
    const one = shared.answer('a', ask);
    const other = shared.answer('b', ask);
    expect(open).toHaveLength(2);
    open.forEach(({ resolve }) => resolve());
    expect(await Promise.all([one, other])).toEqual([1, 2]);
  });

  it('give nobody what was asked before it came, and one answer to all who wait', async () => {
    const { open, ask } = asker();
    const shared = new SharedAnswers<number>();
    const first = shared.answer('a', ask);
    const later = [shared.answer('a', ask), shared.answer('a', ask)];
    await settled();
    expect(open).toHaveLength(1);
    open[0]?.resolve();
    await settled();
    expect(open).toHaveLength(2);
    const last = shared.answer('a', ask);
    open[1]?.resolve();
    await settled();
    open[2]?.resolve();
    expect(await Promise.all([first, ...later, last])).toEqual([1, 2, 2, 3]);
    const anew = shared.answer('a', ask);
    open[3]?.resolve();
    expect(await anew).toBe(4);
    expect(open).toHaveLength(4);
  });

  it('go on after a question that failed, whose error is that of its own askers', async () => {
    const { open, ask } = asker();
    const shared = new SharedAnswers<number>();
    const first = shared.answer('a', ask);
    const second = shared.answer('a', ask);
    open[0]?.reject(new Error('away'));
    await expect(first).rejects.toThrow('away');
    await settled();
    open[1]?.resolve();
    expect(await second).toBe(2);
  });

  it('lose their patience with a question that hangs', async () => {
    const { open, ask } = asker();
    const shared = new SharedAnswers<number>(1);
    const hanging = shared.answer('a', ask);
    const second = shared.answer('a', ask);
    await eventually(() => expect(open).toHaveLength(2));
    open[1]?.resolve();
    expect(await second).toBe(2);
    open[0]?.resolve();
    expect(await hanging).toBe(1);
  });
});
