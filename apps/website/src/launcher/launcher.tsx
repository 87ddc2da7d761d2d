/** Everything that can be started, over the desktop: type, choose, Enter. */
import { Modal } from '@mantine/core';
import { type KeyboardEvent, type MouseEvent, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Application } from '../api/types.js';
import { Button, IconButton } from '../controls/button.js';
import { Cross, Search } from '../controls/icons.js';
import type { Applications } from '../desktop/use-applications.js';
import { Groups } from './groups.js';
import styles from './launcher.module.css';
import { type Group, groupsOf, moveChoice, search } from './search.js';
import { Tiles } from './tiles.js';

interface LauncherProps {
  readonly opened: boolean;
  readonly catalogue: Applications['catalogue'];
  readonly onStart: (application: Application) => void;
  readonly onClose: () => void;
}

/** How many tiles stand beside each other just now: as many as share the first one's height on the page. */
function columnsOf(list: HTMLElement | null): number {
  const tiles = [...(list?.children ?? [])] as HTMLElement[];
  const first = tiles[0]?.offsetTop;
  return Math.max(1, tiles.filter(({ offsetTop }) => offsetTop === first).length);
}

export function Launcher(props: LauncherProps) {
  return (
    <Modal
      opened={props.opened}
      onClose={props.onClose}
      fullScreen
      withCloseButton={false}
      withOverlay={false}
      transitionProps={{ transition: 'fade', duration: 120 }}
      styles={{
        content: { background: 'var(--sheet)', backdropFilter: 'blur(28px) saturate(1.3)', border: 0, borderRadius: 0 },
        body: { height: '100%', padding: 0 },
      }}
    >
      <Board {...props} />
    </Modal>
  );
}

/** Mounted anew each time, so that it always begins with an empty search. */
function Board({ catalogue, onStart, onClose }: LauncherProps) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState('');
  const [group, setGroup] = useState<Group>();
  const [at, setAt] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const all = catalogue.data ?? [];
  const found = search(all, typed, group);
  const choice = found[Math.min(at, found.length - 1)];

  // At once: whoever opens the launcher with its keys goes on typing.
  useLayoutEffect(() => field.current?.focus(), []);
  useEffect(() => {
    list.current?.children[at]?.scrollIntoView({ block: 'nearest' });
  }, [at]);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && choice) {
      event.preventDefault();
      return onStart(choice);
    }
    const vertical = event.key === 'ArrowUp' || event.key === 'ArrowDown';
    // Left and right belong to the text as long as there is one.
    if (!vertical && typed !== '') return;
    const next = moveChoice(event.key, at, columnsOf(list.current), found.length);
    if (next === undefined) return;
    event.preventDefault();
    setAt(next);
  };

  const onClick = ({ target }: MouseEvent<HTMLElement>) => {
    if (!(target as Element).closest('button, input, [role="option"]')) onClose();
  };

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: a click beside everything closes, for the pointer alone; the keyboard has Escape.
    // biome-ignore lint/a11y/useKeyWithClickEvents: as above.
    <div className={styles.launcher} onClick={onClick}>
      <Modal.Title className="visually-hidden">{t('launcher.title')}</Modal.Title>
      <div className={styles.searchBox}>
        <Search />
        <input
          ref={field}
          type="search"
          role="combobox"
          className={styles.search}
          data-autofocus
          aria-label={t('launcher.search')}
          aria-expanded={found.length > 0}
          aria-controls="launcher-results"
          aria-activedescendant={choice ? `application-${choice.name}` : undefined}
          aria-autocomplete="list"
          autoComplete="off"
          spellCheck={false}
          placeholder={t('launcher.search')}
          value={typed}
          onChange={(event) => {
            setTyped(event.target.value);
            setAt(0);
          }}
          onKeyDown={onKeyDown}
        />
      </div>
      <div className={styles.close}>
        <IconButton label={t('common.close')} onClick={onClose}>
          <Cross />
        </IconButton>
      </div>
      <div className={styles.middle}>
        <Groups
          groups={groupsOf(all)}
          chosen={group}
          onChoose={(next) => {
            setGroup(next);
            setAt(0);
          }}
        />
        <div className={styles.results}>
          <Tiles list={list} applications={found} choice={choice?.name} onStart={onStart} />
          {found.length === 0 && (
            <div className={styles.empty}>
              <p role="status">
                {catalogue.isPending && t('launcher.loading')}
                {catalogue.isError && t('launcher.failed')}
                {catalogue.data && (all.length === 0 ? t('launcher.empty') : t('launcher.none', { query: typed }))}
              </p>
              {catalogue.isError && <Button onClick={() => void catalogue.refetch()}>{t('common.tryAgain')}</Button>}
            </div>
          )}
        </div>
      </div>
      <p className="visually-hidden" role="status">
        {found.length > 0 && t('launcher.results', { count: found.length })}
      </p>
      <p className={styles.hint} aria-hidden="true">
        {t('launcher.hint')}
      </p>
    </div>
  );
}
