import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Journal } from './journal.js';

describe('Journal', () => {
  let folder: string;
  let path: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'journal-'));
    path = join(folder, 'deep', 'books.jsonl');
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function open(
    onFailure = (error: Error): void => {
      throw error;
    },
  ) {
    const lines: unknown[] = [];
    const journal = await Journal.open(path, (line) => lines.push(line), onFailure);
    return { journal, lines };
  }

  it('has every line in the file before it says so, in the order of the calls', async () => {
    const { journal } = await open();
    const numbers = Array.from({ length: 500 }, (_, number) => number);
    await Promise.all(
      numbers.map(async (number) => {
        await journal.append({ number });
        expect(await readFile(path, 'utf8')).toContain(`{"number":${number}}\n`);
      }),
    );
    await journal.close();
    const { journal: again, lines } = await open();
    expect(lines).toEqual(numbers.map((number) => ({ number })));
    await again.close();
  });

  it('cuts a torn last line with the first append, and only then', async () => {
    const { journal } = await open();
    await journal.append({ number: 1 });
    await journal.close();
    await appendFile(path, '{"number":2,"cut');
    const torn = await readFile(path, 'utf8');

    const second = await open();
    expect(second.lines).toEqual([{ number: 1 }]);
    expect(await readFile(path, 'utf8')).toBe(torn);
    await second.journal.append({ number: 3 });
    await second.journal.close();
    expect(await readFile(path, 'utf8')).toBe('{"number":1}\n{"number":3}\n');
  });

  it('writes nothing behind what another process has written since it was read', async () => {
    const { journal: first } = await open();
    await first.append({ number: 1 });
    const failures: Error[] = [];
    const { journal: second } = await open((error) => failures.push(error));
    await first.append({ number: 2 });
    const written = await readFile(path, 'utf8');
    await expect(second.append({ number: 2, again: true })).rejects.toThrow();
    expect(failures).toHaveLength(1);
    expect(await readFile(path, 'utf8')).toBe(written);
    await first.append({ number: 3 });
    await Promise.all([first.close(), second.close()]);
  });

  it('does not cut a line that another process was only half done with', async () => {
    const { journal: first } = await open();
    await first.append({ number: 1 });
    await first.close();
    await appendFile(path, '{"number":2,');
    const { journal: second } = await open(() => undefined);
    await appendFile(path, '"whole":true}\n');
    await expect(second.append({ number: 3 })).rejects.toThrow();
    await second.close();
    expect(await readFile(path, 'utf8')).toBe('{"number":1}\n{"number":2,"whole":true}\n');
  });

  it('refuses a file with a broken line in its midst', async () => {
    const { journal } = await open();
    await journal.append({ number: 1 });
    await journal.close();
    await writeFile(path, '{"number":1}\n{"num\n{"number":3}\n');
    await expect(open()).rejects.toMatchObject({ code: 'JOURNAL_CORRUPT' });
  });

  it('reads lines that lie across its buffer, with letters of several bytes', async () => {
    const { journal } = await open();
    const text = 'ü€'.repeat(200_000);
    await journal.append({ text });
    await journal.append({ text, second: true });
    await journal.close();
    const { journal: again, lines } = await open();
    expect(lines).toEqual([{ text }, { text, second: true }]);
    await again.close();
  });

  it('acknowledges nothing once it was closed', async () => {
    const { journal } = await open();
    await journal.close();
    await expect(journal.append({ number: 1 })).rejects.toThrow('closed');
  });
});
