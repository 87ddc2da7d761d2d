/** The desktop in the browser: the remote canvas, and around it as little of our own as possible. */
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { asProblem, type Problem } from '../api/problem.js';
import type { Application, User } from '../api/types.js';
import { installation } from '../app/installation.js';
import { Dock } from '../dock/dock.js';
import { sayWhat } from '../i18n/say.js';
import { Launcher } from '../launcher/launcher.js';
import type { Failure } from '../progress/stages.js';
import { Themed } from '../theme/mantine.js';
import { ClipboardPanel } from './clipboard-panel.js';
import styles from './desktop.module.css';
import { FrozenFrame } from './frozen-frame.js';
import { LogOffDialog } from './log-off-dialog.js';
import { Notices, useNotices } from './notices.js';
import { DisconnectedVeil, ReconnectVeil } from './reconnect-veil.js';
import { StatusPill, useStatusText } from './status-pill.js';
import { TouchKeyboard, useFingers } from './touch-keyboard.js';
import { useApplications } from './use-applications.js';
import { useConnection } from './use-connection.js';
import { useFailedLaunches } from './use-failed-launches.js';
import { useInTheWay } from './use-in-the-way.js';
import { useKeys } from './use-keys.js';
import { useTyping } from './use-typing.js';

interface DesktopPageProps {
  readonly id: string;
  readonly user: User;
  /** The first frame is there. */
  readonly onShown: () => void;
  readonly onTrouble: (trouble: boolean) => void;
  readonly onGone: (failure: Failure | undefined) => void;
  readonly onLogOff: () => Promise<Problem | undefined>;
}

type Dialog = 'launcher' | 'clipboard' | 'logOff';

const queries = new QueryClient({ defaultOptions: { queries: { retry: 1, refetchOnWindowFocus: false } } });

export default function DesktopPage(props: DesktopPageProps) {
  return (
    <QueryClientProvider client={queries}>
      <Themed>
        <Workspace {...props} />
      </Themed>
    </QueryClientProvider>
  );
}

function Workspace({ id, user, onShown, onTrouble, onGone, onLogOff }: DesktopPageProps) {
  const { t } = useTranslation();
  const target = useRef<HTMLDivElement>(null);
  const dock = useRef<HTMLDivElement>(null);
  const typing = useRef<HTMLTextAreaElement>(null);
  const [keyboard, setKeyboard] = useState(false);
  const fingers = useFingers();
  const [dialog, setDialog] = useState<Dialog>();
  const { notices, notify, dismiss } = useNotices();
  const { state, shown, frozen, latency, copied, controls } = useConnection(id, target, {
    onGone,
    onClipboardBlocked: () => notify(t('clipboard.blocked'), { label: t('clipboard.open'), run: () => setDialog('clipboard') }),
  });
  const connected = state.phase === 'connected';
  const applications = useApplications(id, connected);
  const status = useStatusText(state, latency);
  const inTheWay = useInTheWay(useTyping(target), applications.windows, target, dock);

  const focusDesktop = useCallback(() => controls.display()?.focus(), [controls]);
  const run = useCallback(
    (what: Promise<unknown>, failed: string) => {
      what.catch((thrown) => notify(`${failed} ${sayWhat(asProblem(thrown))}`));
    },
    [notify],
  );

  useFailedLaunches(applications, (name, what) => notify(`${t('dock.didNotStart', { name })} ${what}`));

  // biome-ignore lint/correctness/useExhaustiveDependencies: tells what changed, once for each change.
  useEffect(() => {
    if (shown) onShown();
  }, [shown]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: as above.
  useEffect(() => onTrouble(state.phase === 'reconnecting'), [state.phase]);
  useEffect(() => {
    if (dialog || !connected) return;
    // After the dialog gave the focus back to where it came from.
    const timer = setTimeout(focusDesktop);
    return () => clearTimeout(timer);
  }, [dialog, connected, focusDesktop]);
  useEffect(() => {
    if (shown) document.title = `${user.name} · ${installation}`;
  }, [shown, user.name]);

  const keyActions = useMemo(
    () => ({
      display: controls.display,
      onLauncher: () => setDialog((now) => (now === 'launcher' ? undefined : 'launcher')),
      onDock: () => dock.current?.querySelector<HTMLElement>('[data-dock-item]')?.focus(),
      onPaste: controls.pasted,
    }),
    [controls],
  );
  useKeys(
    useCallback(() => target.current, []),
    keyActions,
  );

  const close = () => setDialog(undefined);
  const start = (application: Application) => {
    close();
    run(applications.actions.launch(application.name), t('dock.didNotStart', { name: application.displayName }));
  };

  return (
    <div className={shown ? styles.desktop : `${styles.desktop} ${styles.unseen}`} data-state={state.phase}>
      {frozen && <FrozenFrame canvas={frozen} />}
      <main ref={target} data-testid="display" className={connected ? styles.display : `${styles.display} ${styles.hidden}`} />
      {shown && (
        <>
          {fingers && <TouchKeyboard ref={typing} display={controls.display} onShown={setKeyboard} />}
          <StatusPill state={state} latency={latency} />
          <Dock
            ref={dock}
            user={user}
            status={status.text}
            connected={connected}
            applications={applications}
            inTheWay={inTheWay}
            run={run}
            notify={notify}
            keyboard={fingers ? { shown: keyboard, toggle: () => (keyboard ? focusDesktop() : typing.current?.focus()) } : undefined}
            onLauncher={() => setDialog('launcher')}
            onLeave={focusDesktop}
            userActions={{
              onClipboard: () => setDialog('clipboard'),
              onDisconnect: controls.disconnect,
              onLogOff: () => setDialog('logOff'),
            }}
          />
          <Notices notices={notices} dismiss={dismiss} />
          {state.phase === 'reconnecting' && <ReconnectVeil state={state} onNow={controls.now} />}
          {state.phase === 'disconnected' && <DisconnectedVeil onAgain={controls.reconnect} onLogOff={() => setDialog('logOff')} />}
        </>
      )}
      <Launcher opened={dialog === 'launcher'} catalogue={applications.catalogue} onStart={start} onClose={close} />
      <ClipboardPanel opened={dialog === 'clipboard'} copied={copied} onGive={controls.give} onClose={close} />
      <LogOffDialog opened={dialog === 'logOff'} onLogOff={onLogOff} onClose={close} />
    </div>
  );
}
