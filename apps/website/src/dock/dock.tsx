/** The dock: launcher, applications, the person. One stop for the Tab key, arrows within (WAI-ARIA toolbar). */
import { Tooltip } from '@mantine/core';
import { type KeyboardEvent, type Ref, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { User } from '../api/types.js';
import { Grid, Keyboard } from '../controls/icons.js';
import type { Notify } from '../desktop/notices.js';
import type { Applications } from '../desktop/use-applications.js';
import styles from './dock.module.css';
import { DockEntry } from './dock-entry.js';
import { clickOn, type DockItem, dockItems } from './dock-model.js';
import { dockTip } from './dock-tip.js';
import { QuitDialog } from './quit-dialog.js';
import { useEdge } from './use-edge.js';
import { usePins } from './use-pins.js';
import { useQuit } from './use-quit.js';
import { type UserActions, UserMenu } from './user-menu.js';

interface DockProps {
  readonly ref: Ref<HTMLDivElement>;
  readonly user: User;
  readonly status: string;
  /** Without a connection nothing here would work. */
  readonly connected: boolean;
  readonly applications: Applications;
  /** Somebody types on the desktop while something lies under the dock: it shall be seen. */
  readonly inTheWay: boolean;
  readonly run: (what: Promise<unknown>, failed: string) => void;
  readonly notify: Notify;
  /** Where there is no other: brings the phone's own keyboard, or puts it away. */
  readonly keyboard: { readonly shown: boolean; readonly toggle: () => void } | undefined;
  readonly onLauncher: () => void;
  readonly onLeave: () => void;
  readonly userActions: UserActions;
}

function moveFocus(event: KeyboardEvent<HTMLDivElement>): boolean {
  const items = [...event.currentTarget.querySelectorAll<HTMLButtonElement>('[data-dock-item]')];
  const at = items.indexOf(event.target as HTMLButtonElement);
  const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: items.length - 1 }[event.key];
  if (at < 0 || to === undefined) return false;
  event.preventDefault();
  items[(to + items.length) % items.length]?.focus();
  return true;
}

export function Dock({
  ref,
  user,
  status,
  connected,
  applications,
  inTheWay,
  run,
  notify,
  keyboard,
  onLauncher,
  onLeave,
  userActions,
}: DockProps) {
  const { t } = useTranslation();
  const { catalogue, launches, windows, actions } = applications;
  const { chosen, hidden, out, comeOut, hide } = useEdge(windows.some(({ maximized }) => maximized));
  const known = catalogue.data ?? [];
  const { pinned, toggle } = usePins(user.id, known);
  const items = dockItems({ pinned, applications: known, launches, windows });

  const [stubborn, setStubborn] = useState<DockItem>();
  const [asking, setAsking] = useState(false);
  const quit = useQuit(items, actions, (item) =>
    notify(t('quit.stays', { name: item.name }), {
      label: t('quit.anyway'),
      run: () => {
        setStubborn(item);
        setAsking(true);
      },
    }),
  );

  // After a menu gave the focus back to its button: what is typed next is meant for the desktop.
  const leave = () => setTimeout(onLeave);
  const start = (item: DockItem) => {
    if (item.application) run(actions.launch(item.application.name), t('dock.didNotStart', { name: item.name }));
    leave();
  };
  const act = (what: Promise<unknown>) => {
    run(what, t('dock.didNotWork'));
    leave();
  };
  const entryActions = {
    onClick: (item: DockItem) => {
      const click = clickOn(item);
      if (click.do === 'launch') start(item);
      if (click.do === 'activate') act(actions.activate(click.window));
    },
    onLaunch: start,
    onPin: ({ key }: DockItem) => toggle(key),
    onCloseWindows: (item: DockItem) => act(actions.close(item.windows)),
    onQuit: (item: DockItem) => act(quit(item)),
    onActivate: (window: string) => act(actions.activate(window)),
  };
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    if (!moveFocus(event) && event.key === 'Escape' && event.currentTarget.contains(event.target as Node)) onLeave();
  };
  const classes = [styles.dock, hidden && !out && windows.length > 0 && styles.away, !hidden && inTheWay && styles.faded];

  return (
    <>
      {hidden && (
        <button
          type="button"
          className={styles.handle}
          aria-label={t('dock.show')}
          tabIndex={-1}
          onPointerEnter={comeOut}
          onClick={comeOut}
        />
      )}
      <aside className={styles.place} aria-label={t('dock.label')} inert={!connected}>
        <div role="toolbar" aria-label={t('dock.label')} className={classes.filter(Boolean).join(' ')} ref={ref} onKeyDown={onKeyDown}>
          <Tooltip {...dockTip} label={t('dock.launcher')}>
            <button
              type="button"
              className={styles.item}
              aria-label={t('dock.launcher')}
              aria-keyshortcuts="Control+Alt+Space"
              data-dock-item
              onClick={onLauncher}
            >
              <Grid size={24} />
            </button>
          </Tooltip>
          {items.length > 0 && <span className={styles.rule} />}
          <div className={styles.items}>
            {items.map((item) => (
              <DockEntry key={item.key} item={item} actions={entryActions} />
            ))}
          </div>
          <span className={styles.rule} />
          {keyboard && (
            <button
              type="button"
              className={styles.item}
              aria-label={t('dock.keyboard')}
              aria-pressed={keyboard.shown}
              tabIndex={-1}
              data-dock-item
              // The field keeps the focus until the click has decided: else the keyboard would go and come again.
              onPointerDown={(event) => event.preventDefault()}
              onMouseDown={(event) => event.preventDefault()}
              onClick={keyboard.toggle}
            >
              <Keyboard size={24} />
            </button>
          )}
          <UserMenu name={user.name} status={status} hidden={chosen} onHide={hide} onLeave={leave} actions={userActions} />
        </div>
      </aside>
      <QuitDialog
        opened={asking}
        name={stubborn?.name ?? ''}
        onQuit={() => {
          setAsking(false);
          if (stubborn) act(actions.quit(stubborn.launches));
        }}
        onClose={() => {
          setAsking(false);
          leave();
        }}
      />
    </>
  );
}
