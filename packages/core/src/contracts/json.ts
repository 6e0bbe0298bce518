/** A value that JSON can hold; what units, cursors and payloads are made of. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }
