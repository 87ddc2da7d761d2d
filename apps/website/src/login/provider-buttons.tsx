/** The ways of logging in that take one click. */
import { useTranslation } from 'react-i18next';
import { oauthPath } from '../api/calls.js';
import type { Provider } from '../api/types.js';
import { remember } from '../app/memory.js';
import { Button, LinkButton } from '../controls/button.js';
import styles from './login.module.css';
import { ProviderMark } from './provider-mark.js';
import { LAST_PROVIDER } from './use-login.js';

interface ProviderButtonsProps {
  readonly providers: readonly Provider[];
  readonly first: boolean;
  readonly disabled: boolean;
  readonly choose: (provider: Provider) => void;
}

export function ProviderButtons({ providers, first, disabled, choose }: ProviderButtonsProps) {
  const { t } = useTranslation();
  return (
    <div className={styles.stack}>
      {providers.map((provider, index) => {
        const look = first && index === 0 ? 'primary' : 'secondary';
        return provider.kind === 'oauth2' ? (
          <LinkButton key={provider.id} look={look} wide href={oauthPath(provider.id)} onClick={() => remember(LAST_PROVIDER, provider.id)}>
            <ProviderMark mark={provider.mark} />
            {t('login.oauth', { provider: provider.displayName })}
          </LinkButton>
        ) : (
          <Button key={provider.id} look={look} wide disabled={disabled} onClick={() => choose(provider)}>
            {t('login.anonymous')}
          </Button>
        );
      })}
    </div>
  );
}
