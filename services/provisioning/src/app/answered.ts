import type { Position } from '@gatehouse/event-store';

/** What a command answers: the thing as it is now, and the position that the command reached. */
export interface Answered<View> {
  readonly view: View;
  readonly position: Position;
}
