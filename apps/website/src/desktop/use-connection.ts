/** The connection for the page: its state, its last frame, how quick it is, and the clipboard that goes with it. */
import { type RefObject, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Failure } from '../progress/stages.js';
import { type SharedClipboard, shareClipboard } from './clipboard.js';
import { type Connection, type ConnectionState, connect } from './connection.js';

interface ConnectionHandlers {
  readonly onGone: (failure: Failure | undefined) => void;
  readonly onClipboardBlocked: () => void;
}

export function useConnection(id: string, target: RefObject<HTMLElement | null>, handlers: ConnectionHandlers) {
  const { t } = useTranslation();
  const [state, setState] = useState<ConnectionState>({ phase: 'connecting' });
  const [shown, setShown] = useState(false);
  const [frozen, setFrozen] = useState<HTMLCanvasElement>();
  const [latency, setLatency] = useState<number>();
  const [copied, setCopied] = useState('');
  const connection = useRef<Connection>(undefined);
  const clipboard = useRef<SharedClipboard>(undefined);
  const latest = useRef(handlers);
  latest.current = handlers;

  const display = useCallback(() => connection.current?.display(), []);

  const open = useCallback(() => {
    if (!target.current) return;
    connection.current = connect(
      id,
      target.current,
      { name: t('desktop.label'), keys: t('desktop.keys') },
      {
        onState: (next) => {
          setState(next);
          if (next.phase !== 'connected') return;
          setShown(true);
          setFrozen(undefined);
        },
        onFrozen: setFrozen,
        onClipboard: (text) => clipboard.current?.fromDesktop(text),
        onLatency: setLatency,
        onGone: (failure) => latest.current.onGone(failure),
      },
    );
  }, [id, target, t]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another language is no reason to connect again.
  useEffect(() => {
    clipboard.current = shareClipboard(display, { onText: setCopied, onBlocked: () => latest.current.onClipboardBlocked() });
    open();
    return () => {
      clipboard.current?.stop();
      connection.current?.disconnect();
    };
  }, [id]);

  const controls = useMemo(
    () => ({
      display,
      now: () => connection.current?.now(),
      disconnect: () => connection.current?.disconnect(),
      reconnect: open,
      pasted: (text: string) => clipboard.current?.pasted(text),
      give: (text: string) => clipboard.current?.toDesktop(text),
    }),
    [display, open],
  );
  return { state, shown, frozen, latency, copied, controls };
}
