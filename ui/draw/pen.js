/* Drawing with mouse, finger, stylus or keyboard. A stylus draws as a mouse does, its pressure is ignored; its other end erases. */
const ERASER = 5; // the button that a stylus' other end is to the browser
const NEAREST = 1.5; // pad units between two points of a stroke
const [STEP, LARGE_STEP] = [10, 40]; // pad units of an arrow key, without and with Shift
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const within = (value, most) => Math.min(Math.max(value, 0), most);

export class Pen {
  /**
   * `surface` takes the pointer, `canvas` the keyboard; place(event) gives [x, y] in pad units. `on` hears of a stroke:
   * begin(stroke), grow(), finish(stroke), drop(); and of the keyboard's cursor: move(sentence for a screen reader).
   */
  constructor(surface, canvas, place, on) {
    Object.assign(this, { surface, canvas, place, on, width: 16, erase: false });
    this.pointer = null; // the pointer that draws
    this.cursor = null; // {x, y, down} while the keyboard draws
    this.stroke = null; // the one on its way
    const listen = (target, name, hear) => target.addEventListener(name, (event) => hear.call(this, event));
    listen(surface, 'pointerdown', this.#pointerDown);
    listen(surface, 'pointermove', this.#pointerMove);
    listen(surface, 'pointerup', this.#pointerUp);
    listen(surface, 'pointercancel', (event) => event.pointerId === this.pointer && this.#drop());
    listen(canvas, 'keydown', this.#keyDown);
    listen(canvas, 'focus', () => canvas.matches(':focus-visible') && this.pointer === null && this.#move([0, 0], 0));
    listen(canvas, 'blur', this.#leave);
  }

  #begin(point, erase = this.erase) {
    this.stroke = { points: [point], width: this.width, erase };
    this.on.begin(this.stroke);
  }

  #grow(points) {
    for (const point of points) {
      const last = this.stroke.points.at(-1);
      if (Math.hypot(point[0] - last[0], point[1] - last[1]) >= NEAREST) this.stroke.points.push(point);
    }
    this.on.grow();
  }

  #finish() {
    const { stroke } = this;
    this.stroke = null;
    if (stroke) this.on.finish(stroke);
  }

  #drop() {
    this.pointer = this.stroke = null;
    this.on.drop();
  }

  #pointerDown(event) {
    if (this.pointer !== null) {
      if (event.pointerType === 'touch') this.#drop(); // a second finger: this is no drawing
      return;
    }
    if (![0, ERASER].includes(event.button) || !event.isPrimary) return;
    event.preventDefault();
    this.canvas.focus({ preventScroll: true });
    this.#leave();
    this.pointer = event.pointerId;
    this.surface.setPointerCapture(event.pointerId);
    this.#begin(this.place(event), this.erase || event.button === ERASER);
  }

  #pointerMove(event) {
    if (event.pointerId !== this.pointer || !this.stroke) return;
    const events = event.getCoalescedEvents?.() ?? [];
    this.#grow((events.length ? events : [event]).map((one) => this.place(one)));
  }

  #pointerUp(event) {
    if (event.pointerId !== this.pointer) return;
    this.pointer = null;
    if (this.stroke) this.#grow([this.place(event)]);
    this.#finish();
  }

  #keyDown(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (ARROWS[event.key]) this.#move(ARROWS[event.key], event.shiftKey ? LARGE_STEP : STEP);
    else if (event.key === ' ') this.#press();
    else if (event.key === 'Escape') this.lift();
    else return;
    event.preventDefault();
  }

  #move([dx, dy], step) {
    this.cursor ??= { x: settings.width / 2, y: settings.height / 2, down: false };
    this.cursor.x = within(this.cursor.x + dx * step, settings.width);
    this.cursor.y = within(this.cursor.y + dy * step, settings.height);
    if (this.cursor.down) this.#grow([[this.cursor.x, this.cursor.y]]);
    this.#tell(step ? '' : 'Pen up, ');
  }

  /** Puts the keyboard's pen down, or lifts it. */
  #press() {
    this.cursor ??= { x: settings.width / 2, y: settings.height / 2, down: false };
    this.cursor.down = !this.cursor.down;
    if (this.cursor.down) this.#begin([this.cursor.x, this.cursor.y]);
    else this.#finish();
    this.#tell(this.cursor.down ? 'Pen down, ' : 'Pen up, ');
  }

  #tell(what) {
    const share = (value, whole) => `${Math.round((100 * value) / whole)}%`;
    this.on.move(`${what}${share(this.cursor.x, settings.width)} across, ${share(this.cursor.y, settings.height)} down`);
  }

  /** Ends a stroke of the keyboard. */
  lift() {
    if (this.cursor?.down) this.#press();
  }

  /** The keyboard no longer draws. */
  #leave() {
    this.lift();
    this.cursor = null;
    this.on.move('');
  }
}
