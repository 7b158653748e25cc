import { z } from 'zod';
import type { BookEntry } from '../gateway-books.js';

/** The simulator's books can't be read; says why. */
export class BooksUnreadable extends Error {
  readonly code = 'BOOKS_UNREADABLE';
}

const PAGE_MAX = 1_000;
const PAGE_TIMEOUT_MS = 10_000;

const booksPage = z.object({
  data: z.array(
    z.object({
      gateway: z.string(),
      payment_id: z.string(),
      operation: z.enum(['authorize', 'capture', 'purchase', 'increment', 'refund', 'void']),
      key: z.string(),
      // Amounts above 2^53 come as texts.
      amount: z.union([z.int(), z.string().regex(/^\d+$/)]).transform((amount) => BigInt(amount)),
      currency: z.string(),
      outcome: z.string(),
    }),
  ),
  next_cursor: z.string().nullable(),
});

/** The books of all gateways of a simulator in pages, oldest first. @throws BooksUnreadable */
export async function* simulatorBooks(baseUrl: string): AsyncGenerator<readonly BookEntry[]> {
  for (let after: string | null = '0'; after !== null;) {
    const url = new URL(`/books?limit=${PAGE_MAX}&after=${encodeURIComponent(after)}`, baseUrl);
    const page: z.output<typeof booksPage> = await read(url);
    yield page.data.map(({ payment_id: paymentId, ...entry }) => ({ ...entry, paymentId }));
    after = page.next_cursor;
  }
}

async function read(url: URL): Promise<z.output<typeof booksPage>> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(PAGE_TIMEOUT_MS) });
    if (!response.ok) throw new Error(`status ${response.status}`);
    return booksPage.parse(await response.json());
  } catch (cause) {
    throw new BooksUnreadable(`The gateway's books at ${url.origin} can't be read.`, { cause });
  }
}
