/** The menu of the person at the desktop: their name, the page's few settings, and the two ways to leave. */
import { Menu, Tooltip } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Clipboard, Expand, Gauge, Power, Unplug } from '../controls/icons.js';
import { chooseLanguage, type Language, languages } from '../i18n/i18n.js';
import { chooseTheme, type ThemeChoice, useThemeChoice } from '../theme/theme.js';
import styles from './dock.module.css';
import { dockTip } from './dock-tip.js';

export interface UserActions {
  readonly onClipboard: () => void;
  readonly onDisconnect: () => void;
  readonly onLogOff: () => void;
}

interface UserMenuProps {
  readonly name: string;
  /** How the connection is, in words. */
  readonly status: string;
  readonly hidden: boolean;
  readonly onHide: (hidden: boolean) => void;
  readonly onLeave: () => void;
  readonly actions: UserActions;
}

const THEMES: readonly ThemeChoice[] = ['system', 'light', 'dark'];

/** First letters of the first and the last word. */
function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/);
  const letters = [words[0], words.length > 1 ? words.at(-1) : ''].map((word) => [...(word ?? '')][0] ?? '');
  return letters.join('').toUpperCase() || '?';
}

/** Resolves also where the browser refuses. */
const toggleFullScreen = (): Promise<void> =>
  (document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen()).catch(() => undefined);

export function UserMenu({ name, status, hidden, onHide, onLeave, actions }: UserMenuProps) {
  const { t, i18n } = useTranslation();
  const theme = useThemeChoice();
  const [opened, setOpened] = useState(false);
  const label = t('menu.label', { name });
  return (
    <Menu position="top-end" offset={12} withinPortal width={248} opened={opened} onChange={setOpened} withInitialFocusPlaceholder={false}>
      <Menu.Target>
        <Tooltip {...dockTip} label={name} disabled={opened}>
          <button type="button" className={styles.item} aria-label={label} tabIndex={-1} data-dock-item>
            <span className={styles.person} aria-hidden="true">
              {initialsOf(name)}
            </span>
          </button>
        </Tooltip>
      </Menu.Target>
      <Menu.Dropdown tabIndex={0}>
        <Menu.Label>
          {/* Isolated, so that a name written from right to left does not carry the rest along. */}
          {t('menu.signedInAs', { name: `\u2068${name}\u2069` })}
          <br />
          {status}
        </Menu.Label>
        {document.fullscreenEnabled && (
          <Menu.Item leftSection={<Expand />} onClick={() => toggleFullScreen().then(onLeave)}>
            {document.fullscreenElement ? t('menu.leaveFullScreen') : t('menu.fullScreen')}
          </Menu.Item>
        )}
        <Menu.Item leftSection={<Clipboard />} onClick={actions.onClipboard}>
          {t('menu.clipboard')}
        </Menu.Item>
        <Menu.Item leftSection={<Gauge />} component="a" href="/speedtest" target="_blank">
          {t('menu.speedTest')}
        </Menu.Item>
        <Menu.CheckboxItem checked={hidden} onChange={onHide}>
          {t('menu.hideDock')}
        </Menu.CheckboxItem>
        <Menu.Divider />
        <Menu.Label>{t('language')}</Menu.Label>
        <Menu.RadioGroup value={i18n.language} onChange={(tag) => void chooseLanguage(tag as Language)}>
          {Object.entries(languages).map(([tag, own]) => (
            <Menu.RadioItem key={tag} value={tag} lang={tag}>
              {own}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
        <Menu.Label>{t('menu.appearance')}</Menu.Label>
        <Menu.RadioGroup value={theme} onChange={(choice) => chooseTheme(choice as ThemeChoice)}>
          {THEMES.map((choice) => (
            <Menu.RadioItem key={choice} value={choice}>
              {t(`theme.${choice}`)}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
        <Menu.Divider />
        <Menu.Item leftSection={<Unplug />} onClick={actions.onDisconnect}>
          {t('menu.disconnect')}
        </Menu.Item>
        <Menu.Item leftSection={<Power />} onClick={actions.onLogOff}>
          {t('menu.logOff')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
