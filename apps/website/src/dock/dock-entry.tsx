/** One application in the dock: a click starts it or brings it to the front, the other button and the arrow up open its menu. */
import { Menu, Tooltip } from '@mantine/core';
import type { KeyboardEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { Cross, Pin, Plus, Power } from '../controls/icons.js';
import { ApplicationIcon } from './application-icon.js';
import styles from './dock.module.css';
import type { DockItem } from './dock-model.js';

export interface EntryActions {
  readonly onClick: (item: DockItem) => void;
  readonly onLaunch: (item: DockItem) => void;
  readonly onPin: (item: DockItem) => void;
  readonly onCloseWindows: (item: DockItem) => void;
  readonly onQuit: (item: DockItem) => void;
  readonly onActivate: (window: string) => void;
}

const MOST_DOTS = 3;

/** The menu opens where the button is, as if it had been clicked there with the other button. */
function openMenu(event: KeyboardEvent<HTMLButtonElement>): void {
  event.preventDefault();
  const { left, width, top } = event.currentTarget.getBoundingClientRect();
  event.currentTarget.dispatchEvent(
    new MouseEvent('contextmenu', { bubbles: true, cancelable: true, clientX: left + width / 2, clientY: top }),
  );
}

export function DockEntry({ item, actions }: { item: DockItem; actions: EntryActions }) {
  const { t } = useTranslation();
  const { name, status, windows, launches, pinned, application } = item;
  const label = status === 'idle' ? name : t(`dock.${status}`, { name });
  const classes = [styles.slot, status === 'starting' && styles.starting, windows.some(({ active }) => active) && styles.front];
  return (
    <Menu position="top" offset={8} withinPortal>
      <Menu.ContextMenu>
        <div className={classes.filter(Boolean).join(' ')}>
          <Tooltip label={windows.length === 1 ? (windows[0]?.title ?? name) : name} position="top" offset={10} openDelay={300}>
            <button
              type="button"
              className={styles.item}
              aria-label={label}
              aria-haspopup="menu"
              tabIndex={-1}
              data-dock-item
              onClick={() => actions.onClick(item)}
              onKeyDown={(event) => event.key === 'ArrowUp' && openMenu(event)}
            >
              <ApplicationIcon name={name} icon={item.icon} size={36} />
            </button>
          </Tooltip>
          <span className={styles.dots} aria-hidden="true">
            {status === 'running' &&
              Array.from({ length: Math.min(MOST_DOTS, Math.max(1, windows.length)) }, (_, index) => <i key={String(index)} />)}
          </span>
        </div>
      </Menu.ContextMenu>
      <Menu.Dropdown aria-label={t('dock.menuOf', { name })}>
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
