/** Starts the website: theme and language first, so that nothing flashes, then the page. */
import './theme/tokens.css';
import { createRoot } from 'react-dom/client';
import { App } from './app/app.js';
import { Boundary } from './app/boundary.js';
import { startLanguage } from './i18n/i18n.js';
import { startTheme } from './theme/theme.js';

startTheme();
await startLanguage();
const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <Boundary>
      <App />
    </Boundary>,
  );
}
