import { type Form, text } from './form.js';
import { invalid } from './stripe-error.js';

/** Stripe's lists: newest first, `starting_after` towards older ones, `ending_before` towards newer ones. */
export function list<Item extends { readonly id: string }>(
  oldestFirst: readonly Item[],
  form: Form,
  show: (item: Item) => unknown = (item) => item,
): unknown {
  const limit = Number(text(form, 'limit') ?? 10);
  const newestFirst = oldestFirst.toReversed();
  const at = (name: string) => {
    const id = text(form, name);
    if (id === null) return null;
    const index = newestFirst.findIndex((item) => item.id === id);
    if (index < 0) throw invalid('resource_missing', { param: name });
    return index;
  };
  const [after, before] = [at('starting_after'), at('ending_before')];
  const from = after === null ? Math.max(0, (before ?? 0) - limit) : after + 1;
  const to = before ?? from + limit;
  const hasMore = before === null ? newestFirst.length > to : from > 0;
  return { object: 'list', data: newestFirst.slice(from, to).map(show), has_more: hasMore };
}
