/** The groups beside the tiles; those that are empty are not shown. */
import { useTranslation } from 'react-i18next';
import styles from './launcher.module.css';
import type { Group } from './search.js';

interface GroupsProps {
  readonly groups: readonly Group[];
  readonly chosen: Group | undefined;
  readonly onChoose: (group: Group | undefined) => void;
}

export function Groups({ groups, chosen, onChoose }: GroupsProps) {
  const { t } = useTranslation();
  return (
    <nav className={styles.groups} aria-label={t('launcher.categories')}>
      <button type="button" className={styles.group} aria-pressed={chosen === undefined} onClick={() => onChoose(undefined)}>
        {t('launcher.all')}
      </button>
      {groups.map((group) => (
        <button key={group} type="button" className={styles.group} aria-pressed={chosen === group} onClick={() => onChoose(group)}>
          {t(`launcher.category.${group}`)}
        </button>
      ))}
    </nav>
  );
}
