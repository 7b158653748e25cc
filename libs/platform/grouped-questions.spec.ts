import { GroupedQuestions } from './grouped-questions.js';

const PER_QUERY_MAX = 32;

/** Queries that stay open until they are let go. */
function openQueries() {
  const asked: (readonly string[])[] = [];
  const release: (() => void)[] = [];
  const questions = new GroupedQuestions<string, string>(PER_QUERY_MAX, async (batch) => {
    asked.push(batch);
    await new Promise<void>((resolve) => release.push(resolve));
    return batch.map((question) => `${question}!`);
  });
  const settle = async () => {
    for (let turns = 0; turns < 5; turns += 1) await new Promise(setImmediate);
  };
  return { questions, asked, release, settle };
}

describe('grouped questions', () => {
  it('give each its own answer, also two of the same words', async () => {
    const { questions, asked, release, settle } = openQueries();
    const all = ['a', 'b', 'a'].map((question) => questions.ask(question));
    await settle();
    expect(asked).toHaveLength(1);
    release.forEach((letGo) => letGo());
    expect(await Promise.all(all)).toEqual(['a!', 'b!', 'a!']);
  });

  it('gather behind two queries that are on their way, and go up to their bound', async () => {
    const { questions, asked, release, settle } = openQueries();
    const all = [questions.ask('first')];
    await settle();
    all.push(questions.ask('second'));
    await settle();
    for (let nth = 0; nth <= PER_QUERY_MAX; nth += 1) all.push(questions.ask(`s${nth}`));
    await settle();
    expect(asked).toHaveLength(2);
    release.splice(0).forEach((letGo) => letGo());
    await settle();
    expect(asked.slice(2).map((batch) => batch.length)).toEqual([PER_QUERY_MAX, 1]);
    release.splice(0).forEach((letGo) => letGo());
    expect(await Promise.all(all)).toContain(`s${PER_QUERY_MAX}!`);
  });

  it('fail together when their query fails, and go on with the next', async () => {
    let failing = true;
    const questions = new GroupedQuestions<string, string>(PER_QUERY_MAX, (batch) =>
      failing ? Promise.reject(new Error('away')) : Promise.resolve(batch.map(() => 'back')),
    );
    const outcomes = await Promise.allSettled([questions.ask('a'), questions.ask('b')]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    failing = false;
    expect(await questions.ask('a')).toBe('back');
  });

  it('fail alone where one has a value that the query cannot take', async () => {
    const questions = new GroupedQuestions<string, string>(PER_QUERY_MAX, async (batch) => {
      if (batch.includes('wrong')) throw Object.assign(new Error('no date'), { code: '22008' });
      return batch.map((question) => `${question}!`);
    });
    const asked = ['a', 'wrong', 'b'].map((question) => questions.ask(question));
    const [first, second, third] = await Promise.allSettled(asked);
    expect(first).toEqual({ status: 'fulfilled', value: 'a!' });
    expect(second).toMatchObject({ status: 'rejected', reason: { message: 'no date' } });
    expect(third).toEqual({ status: 'fulfilled', value: 'b!' });
  });

  it('fail where a query leaves one of them without an answer', async () => {
    const questions = new GroupedQuestions<string, string>(PER_QUERY_MAX, async () => ['only one']);
    const outcomes = await Promise.allSettled([questions.ask('a'), questions.ask('b')]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });
});
