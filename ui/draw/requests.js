/* When the drawing is sent to be read: at most one request on its way, and after it the drawing as it is by then. */
import { ask } from '../static/ask.js';

const INTERVAL = 60; // ms between two requests while the pen moves

export class Requests {
  /**
   * read() asks for the drawing as it is now; show(answer, version) gets the answer and the version that it is of;
   * drawing() says whether the pen is down; onTrouble(sentence) hears of a lost connection; clock() is the time in ms.
   */
  constructor({ read, show, drawing, onTrouble, patience, clock = () => performance.now() }) {
    Object.assign(this, { read, show, drawing, onTrouble, patience, clock });
    this.version = 0; // of the drawing
    this.shown = 0; // the version whose answer is shown
    this.asking = false;
    this.sent = -INTERVAL; // when the last request went out, ms
    this.timer = 0;
  }

  get settled() {
    return this.shown === this.version;
  }

  /** The drawing is another one. */
  changed() {
    this.version += 1;
    if (!this.asking) this.next();
  }

  next() {
    clearTimeout(this.timer);
    const wait = this.drawing() ? this.sent + INTERVAL - this.clock() : 0;
    if (wait > 0) this.timer = setTimeout(() => this.send(), wait);
    else this.send();
  }

  async send() {
    let version = 0;
    const call = () => {
      version = this.version;
      this.sent = this.clock();
      return this.read();
    };
    clearTimeout(this.timer);
    this.asking = true;
    const answer = await ask(call, { onTrouble: this.onTrouble, patience: this.patience });
    this.asking = false;
    this.shown = version;
    this.show(answer, version);
    if (!this.settled) this.next();
  }
}
