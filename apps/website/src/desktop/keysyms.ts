/** Keys that have no character, as X11 numbers them (`keysymdef.h`). */
export const KEYSYM = {
  backspace: 0xff08,
  tab: 0xff09,
  enter: 0xff0d,
  escape: 0xff1b,
  home: 0xff50,
  left: 0xff51,
  up: 0xff52,
  right: 0xff53,
  down: 0xff54,
  end: 0xff57,
  insert: 0xff63,
  control: 0xffe3,
  alt: 0xffe9,
} as const;
