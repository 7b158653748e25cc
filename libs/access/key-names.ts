/** Merchants are named by whoever makes their first key; the name stands in events, and is a part of other keys. */
export const MERCHANT_ID = /^mer_\w{1,64}$/;
export const MERCHANT_ID_EXPECTED = 'must be mer_ and letters or digits';

/** Of what a key is called in lists. */
export const KEY_NAME_CHARS_MAX = 100;
