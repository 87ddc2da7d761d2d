/** Mantine in our colours, for the menus and dialogs of the desktop page; the login page is too light to need it. */
import '@mantine/core/styles/default-css-variables.css';
import '@mantine/core/styles/global.css';
import '@mantine/core/styles/UnstyledButton.css';
import '@mantine/core/styles/CloseButton.css';
import '@mantine/core/styles/Paper.css';
import '@mantine/core/styles/Popover.css';
import '@mantine/core/styles/Overlay.css';
import '@mantine/core/styles/ModalBase.css';
import '@mantine/core/styles/Modal.css';
import '@mantine/core/styles/Menu.css';
import '@mantine/core/styles/Tooltip.css';
import './mantine.css';
import { createTheme, MantineProvider, Modal } from '@mantine/core';
import type { ReactNode } from 'react';
import { useResolvedTheme } from './theme.js';

const theme = createTheme({
  primaryColor: 'indigo',
  fontFamily: 'var(--font)',
  fontFamilyMonospace: 'var(--mono)',
  defaultRadius: 6,
  respectReducedMotion: true,
  cursorType: 'pointer',
  components: { Modal: Modal.extend({ defaultProps: { overlayProps: { color: '#0b0e14', backgroundOpacity: 0.4 } } }) },
});

export function Themed({ children }: { children: ReactNode }) {
  return (
    <MantineProvider theme={theme} forceColorScheme={useResolvedTheme()}>
      {children}
    </MantineProvider>
  );
}
