/** A day in words ("20 February 2025") of an ISO 8601 date or time; UTC, so that every build writes the same. */
export function readableDay(iso: string): string {
  const time = new Date(iso);
  if (Number.isNaN(time.getTime())) {
    throw new Error(`readableDay: expected an ISO 8601 date, got "${iso}"; write it as 2025-02-20`);
  }
  return time.toLocaleDateString("en-GB", {
    day: "numeric",
    month: "long",
    year: "numeric",
    timeZone: "UTC",
  });
}
