import type { ServerResponse } from 'node:http';

/**
 * Has an answer hear of the end of its connection, of which Node tells nothing to one whose turn on that has not come; there may be any number of
 * these. Once it is closed itself it hears of nothing here.
 */
export const onConnectionEnd = (response: ServerResponse, heard: () => void): void => {
  const { socket } = response.req;
  socket.setMaxListeners(0).once('close', heard);
  response.once('close', () => socket.off('close', heard));
};
