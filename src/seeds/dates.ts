const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/**
 * The day of a feed (`Mar 13`, `March 13`) as ISO 8601's `--03-13`, or undefined for any other text.
 * A feed names no year, so none is given.
 */
export function dayOfFeed(text: string): string | undefined {
  const [, name, day] = /^([A-Z][a-z]{2})[a-z]*\.? (\d{1,2})$/.exec(text) ?? [];
  const month = months.indexOf(name?.toLowerCase() ?? "") + 1;
  if (month === 0 || day === undefined || !isDay(2000, month, Number(day))) return undefined;
  return `--${twoDigits(month)}-${twoDigits(Number(day))}`;
}

/**
 * `Thu, 20 Feb 2025 07:14:12 GMT` or `2025-02-13T06:44:33Z` as ISO 8601 in UTC, or undefined for any other text and
 * for a day that the calendar does not have.
 */
export function isoDate(text: string): string | undefined {
  const mail =
    /^(?:[A-Z][a-z]{2}, )?(\d{1,2}) ([A-Z][a-z]{2}) (\d{4}) (\d\d:\d\d:\d\d) (?:GMT|UTC|\+0000)$/.exec(text);
  if (mail) {
    const [, day, month, year, time] = mail;
    return isoDate(
      `${year}-${twoDigits(months.indexOf(month!.toLowerCase()) + 1)}-${twoDigits(Number(day))}T${time}Z`,
    );
  }
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d):(\d\d)(?:\.\d+)?Z)?$/.exec(text) ?? [];
  if (!isDay(Number(year), Number(month), Number(day))) return undefined;
  return Number(hour ?? 0) < 24 && Number(minute ?? 0) < 60 && Number(second ?? 0) < 60 ? text : undefined;
}

function isDay(year: number, month: number, day: number): boolean {
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCFullYear() === year && date.getUTCMonth() === month - 1;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, "0");
}
