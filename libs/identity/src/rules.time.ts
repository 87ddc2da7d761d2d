/** Whether a moment is within certain hours of certain days, by the clocks of a place. Pure. */
import type { RuleCondition } from '#libs/common';

export type Window = NonNullable<RuleCondition['time']>;

const MINUTES_OF_DAY = 24 * 60;

export function isWithin({ days, from, until, zone }: Window, at: number): boolean {
  const here = clockAt(at, zone);
  const [start, end] = [minutesOf(from), minutesOf(until)];
  const isOn = (day: string) => (days as readonly string[]).includes(day);
  if (start < end) return isOn(here.day) && here.minutes >= start && here.minutes < end;
  // The hours after midnight belong to the day on which the window began.
  return here.minutes >= start ? isOn(here.day) : here.minutes < end && isOn(dayBefore(here.day));
}

export function describeWindow({ days, from, until, zone }: Window): string {
  const when = days.length === 7 ? 'every day' : days.join(', ');
  return from === until ? `${when} from ${from} on for a day (${zone})` : `${when} ${from} to ${until} (${zone})`;
}

function clockAt(at: number, zone: string): { readonly day: string; readonly minutes: number } {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    weekday: 'long',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
  return { day: (parts.weekday ?? '').toLowerCase(), minutes: (Number(parts.hour) * 60 + Number(parts.minute)) % MINUTES_OF_DAY };
}

const minutesOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));

const DAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];
const dayBefore = (day: string): string => DAYS.at(DAYS.indexOf(day) - 1) ?? day;
