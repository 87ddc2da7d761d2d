/**
 * Named places between two effects, at which tests kill this process. Nothing else can arm them: no setting, no variable of the environment, and
 * `armFaultPoints` is not exported by the library.
 */

/** Called with names such as `after DesktopRequested` (it is stored) and `between agent and pid file`. */
type Listener = (name: string) => void;

let armed: Listener | undefined;

/** @param effect what was just done; `between`: two effects of one step. The name is only put together when a test listens */
export function faultPoint(moment: 'after' | 'between', effect: string): void {
  armed?.(`${moment} ${effect}`);
}

/** For tests alone: what listens may end the process, or throw. */
export function armFaultPoints(listener: Listener | undefined): void {
  armed = listener;
}
