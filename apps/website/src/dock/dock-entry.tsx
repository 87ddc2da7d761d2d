/** One application in the dock: a click starts it or brings it to the front, the other button and the arrow up open its menu. */
import { Menu, Tooltip } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Cross, Pin, Plus, Power } from '../controls/icons.js';
import { ApplicationIcon } from './application-icon.js';
import styles from './dock.module.css';
import type { DockItem } from './dock-model.js';
import { dockTip } from './dock-tip.js';

export interface EntryActions {
  readonly onClick: (item: DockItem) => void;
  readonly onLaunch: (item: DockItem) => void;
  readonly onPin: (item: DockItem) => void;
  readonly onCloseWindows: (item: DockItem) => void;
  readonly onQuit: (item: DockItem) => void;
  readonly onActivate: (window: string) => void;
}

const MOST_DOTS = 3;

export function DockEntry({ item, actions }: { item: DockItem; actions: EntryActions }) {
  const { t } = useTranslation();
  const [opened, setOpened] = useState(false);
  const { name, status, windows, launches, pinned, application } = item;
  const label = status === 'idle' ? name : t(`dock.${status}`, { name });
  const classes = [styles.slot, status === 'starting' && styles.starting, windows.some(({ active }) => active) && styles.front];
  return (
    // A click belongs to the application: only the other button, its key and the arrow up open the menu.
    <Menu
      position="top"
      offset={12}
      withinPortal
      opened={opened}
      onChange={(next) => !next && setOpened(false)}
      withInitialFocusPlaceholder={false}
    >
      <div className={classes.filter(Boolean).join(' ')}>
        <Menu.Target>
          <Tooltip {...dockTip} label={windows.length === 1 ? windows[0]?.title || name : name} disabled={opened}>
            <button
              type="button"
              className={styles.item}
              aria-label={label}
              tabIndex={-1}
              data-dock-item
              onClick={() => actions.onClick(item)}
              onContextMenu={(event) => {
                event.preventDefault();
                setOpened(true);
              }}
              onKeyDown={(event) => {
                if (event.key === 'ArrowUp') setOpened(true);
              }}
            >
              <ApplicationIcon name={name} icon={item.icon} size={36} />
            </button>
          </Tooltip>
        </Menu.Target>
        <span className={styles.dots} aria-hidden="true">
          {status === 'running' &&
            Array.from({ length: Math.min(MOST_DOTS, Math.max(1, windows.length)) }, (_, index) => <i key={String(index)} />)}
        </span>
      </div>
      <Menu.Dropdown tabIndex={0} aria-label={t('dock.menuOf', { name })}>
        <Menu.Label>{name}</Menu.Label>
        {windows.length > 1 &&
          windows.map(({ id, title }) => (
            <Menu.Item key={id} onClick={() => actions.onActivate(id)}>
              {title || name}
            </Menu.Item>
          ))}
        {windows.length > 1 && <Menu.Divider />}
        {application && (
          <Menu.Item leftSection={<Plus />} onClick={() => actions.onLaunch(item)}>
            {status === 'idle' ? t('dock.open') : t('dock.newWindow')}
          </Menu.Item>
        )}
        {application && (
          <Menu.Item leftSection={<Pin />} onClick={() => actions.onPin(item)}>
            {pinned ? t('dock.unpin') : t('dock.pin')}
          </Menu.Item>
        )}
        {windows.length > 0 && (
          <Menu.Item leftSection={<Cross />} onClick={() => actions.onCloseWindows(item)}>
            {windows.length === 1 ? t('dock.closeWindow') : t('dock.closeWindows')}
          </Menu.Item>
        )}
        {launches.length > 0 && (
          <Menu.Item leftSection={<Power />} onClick={() => actions.onQuit(item)}>
            {t('dock.quit')}
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
