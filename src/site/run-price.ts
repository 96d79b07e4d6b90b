/** Stands in a page for the bytes that a run downloads, until the build has weighed them. */
export const RUN_BYTES = "RUN_BYTES_UNWEIGHED";
