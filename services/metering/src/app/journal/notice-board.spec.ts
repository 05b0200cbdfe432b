import { getEventListeners } from 'node:events';
import { journalId, limitId } from '@gatehouse/kernel';
import { NoticeBoard } from './notice-board';

const JOURNAL = journalId(`jnl_${'0'.repeat(26)}`);
const LIMIT = limitId(`lim_${'0'.repeat(26)}`);

describe('a journal that listens', () => {
  it('wakes by what is put, by time and by its end, and leaves nothing behind on its signal', async () => {
    const board = new NoticeBoard();
    const reader = board.read(JOURNAL);
    const listening = new AbortController();
    const { signal } = listening;
    for (let notice = 0; notice < 20; notice++) {
      const arrival = reader.arrival(60_000, signal);
      board.room([LIMIT]);
      await arrival;
      expect(reader.take()).toEqual([{ kind: 'room', limitIds: [LIMIT] }]);
      await reader.arrival(1, signal);
    }
    expect(getEventListeners(signal, 'abort')).toEqual([]);
    const arrival = reader.arrival(60_000, signal);
    listening.abort();
    await arrival;
    expect(reader.take()).toEqual([]);
  });
});
