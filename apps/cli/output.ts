/** Where a command writes; a terminal says so. */
export type Output = NodeJS.WritableStream & { readonly isTTY?: boolean };
