/** The page for an address that has none. */
import { useTranslation } from 'react-i18next';
import { LinkButton } from '../controls/button.js';
import { Card } from './card.js';

export function NotFound() {
  const { t } = useTranslation();
  return (
    <Card
      title={t('notFound.title')}
      lead={t('notFound.text')}
      actions={
        <LinkButton look="primary" href="/">
          {t('notFound.home')}
        </LinkButton>
      }
    />
  );
}
