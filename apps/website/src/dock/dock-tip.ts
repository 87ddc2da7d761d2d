/** How the names above the pictures of the dock show: for the pointer that rests on one and for the keyboard that reaches one. */
import type { TooltipProps } from '@mantine/core';

export const dockTip = {
  position: 'top',
  offset: 10,
  openDelay: 300,
  maw: 320,
  multiline: true,
  events: { hover: true, focus: true, touch: false },
} as const satisfies Partial<TooltipProps>;
