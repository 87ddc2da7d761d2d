/** Our own pictures, drawn with one pen: 16 units, 1.5 wide, in the colour of the text around them. */
import type { ReactNode } from 'react';

interface IconProps {
  readonly size?: number;
}

function Icon({ size = 16, children }: IconProps & { children: ReactNode }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      {children}
    </svg>
  );
}

const draw = (shape: ReactNode) => (props: IconProps) => <Icon {...props}>{shape}</Icon>;

export const Tick = draw(<path d="m3 8.5 3.2 3.2L13 5" />);
export const Cross = draw(<path d="m4 4 8 8m0-8-8 8" />);
export const Alert = draw(<path d="M8 5v3.5m0 2.6v.1M8 1.8 15 14H1Z" />);
export const Copy = draw(<path d="M5.5 5.5h8v8h-8Zm-2 5h-1v-8h8v1" />);
export const Sun = draw(
  <path d="M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6ZM8 1v1.2m0 11.6V15M1 8h1.2m11.6 0H15M3 3l.9.9m8.2 8.2.9.9M13 3l-.9.9M3.9 12.1 3 13" />,
);
export const Moon = draw(<path d="M13.5 9.5A6 6 0 0 1 6.5 2.5a6 6 0 1 0 7 7Z" />);
export const Screen = draw(<path d="M2 3h12v8H2Zm4 11h4m-2-3v3" />);
export const Eye = draw(<path d="M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8ZM8 6a2 2 0 1 0 0 4 2 2 0 0 0 0-4Z" />);
export const EyeOff = draw(
  <path d="M3.5 5.2C2.2 6.4 1.5 8 1.5 8S4 12.5 8 12.5q1.3 0 2.5-.5M6 3.8q1-.3 2-.3c4 0 6.5 4.5 6.5 4.5s-.6 1.1-1.7 2.2M2.5 2.5l11 11" />,
);
export const CapsLock = draw(<path d="M8 2 3 7.5h2.5V11h5V7.5H13ZM5.5 13.5h5" />);
export const Grid = draw(<path d="M2.5 2.5h3v3h-3Zm8 0h3v3h-3Zm-8 8h3v3h-3Zm8 0h3v3h-3Z" fill="currentColor" />);
export const Search = draw(<path d="M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9Zm3.3 7.8 3.2 3.2" />);
export const Clipboard = draw(<path d="M5.5 3H3.5v11h9V3h-2m-5 1.5v-3h5v3Z" />);
export const Expand = draw(<path d="M9.5 2.5h4v4m-7 7h-4v-4m11-7-4.5 4.5m-6.5 6.5L7 9" />);
export const Unplug = draw(<path d="M6 2v3m4-3v3M4 5h8v3a4 4 0 0 1-8 0Zm4 7v2.5" />);
export const Power = draw(<path d="M8 2v5.5M4.5 4.2a5 5 0 1 0 7 0" />);
export const Pin = draw(<path d="M5.5 2h5l-.7 5 2.2 2.5H4L6.2 7ZM8 9.5V14" />);
export const Keyboard = draw(<path d="M1.5 4h13v8.5h-13Zm2.7 2.8v.1m2.5-.1v.1m2.6-.1v.1m2.5-.1v.1M5 9.8h6" />);
export const Plus = draw(<path d="M8 3v10M3 8h10" />);

export function Mark({ size = 32 }: { size?: number }) {
  return <img src="/mark.svg" width={size} height={size} alt="" />;
}

/** Something goes on. */
export function Spinner({ size = 16 }: { size?: number }) {
  return (
    <svg
      className="spinner"
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="2"
      aria-hidden="true"
    >
      <circle cx="8" cy="8" r="6" opacity=".25" />
      <path d="M14 8a6 6 0 0 0-6-6" strokeLinecap="round" />
    </svg>
  );
}
export const Gauge = draw(<path d="M3 12.5a6 6 0 1 1 10 0M8 9l2.8-3.2M8 9v.1" />);
