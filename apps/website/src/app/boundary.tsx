/** The last net: a page that broke says so and offers to load again, instead of going blank. */
import i18next from 'i18next';
import { Component, type ReactNode } from 'react';
import { Button } from '../controls/button.js';
import { Failure } from '../controls/failure.js';
import { Card } from './card.js';
import { installation } from './installation.js';

export class Boundary extends Component<{ children: ReactNode }, { broken?: unknown }> {
  override state: { broken?: unknown } = {};

  static getDerivedStateFromError(broken: unknown) {
    return { broken };
  }

  override render() {
    if (this.state.broken === undefined) return this.props.children;
    const failure = { code: 'UNEXPECTED_ANSWER', detail: String(this.state.broken) };
    return (
      <Card
        title={installation}
        actions={
          <Button look="primary" onClick={() => location.reload()}>
            {i18next.t('common.tryAgain')}
          </Button>
        }
      >
        <Failure failure={failure} full />
      </Card>
    );
  }
}
