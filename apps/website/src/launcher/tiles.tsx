/** The applications that were found, as tiles; the keyboard stays in the search box, which names the chosen tile. */
import type { Ref } from 'react';
import { useTranslation } from 'react-i18next';
import type { Application } from '../api/types.js';
import { ApplicationIcon } from '../dock/application-icon.js';
import styles from './launcher.module.css';

interface TilesProps {
  readonly list: Ref<HTMLDivElement>;
  readonly applications: readonly Application[];
  readonly choice: string | undefined;
  readonly onStart: (application: Application) => void;
}

export function Tiles({ list, applications, choice, onStart }: TilesProps) {
  const { t } = useTranslation();
  return (
    <div id="launcher-results" role="listbox" aria-label={t('launcher.title')} className={styles.tiles} ref={list}>
      {applications.map((application) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the search box has the keyboard for all of them.
        <div
          key={application.name}
          id={`application-${application.name}`}
          role="option"
          tabIndex={-1}
          aria-selected={application.name === choice}
          className={styles.tile}
          onClick={() => onStart(application)}
        >
          <ApplicationIcon name={application.displayName} icon={application.icon} size={52} />
          <span className={styles.tileName} title={application.displayName}>
            {application.displayName}
          </span>
        </div>
      ))}
    </div>
  );
}
