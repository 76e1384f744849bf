/* The ink: what is on the pad, as vectors with undo and redo. One entry of the history is one thing to undo. */
const [LONGEST_HISTORY, KEPT_STEPS] = [400, 200]; // entries; older ones become one page

export class Ink {
  /** `storage` keeps the ink over a reload under `key`: sessionStorage, or anything with its getItem and setItem. */
  constructor(key, storage) {
    this.key = key;
    this.storage = storage;
    this.steps = []; // {stroke} adds one, {page: {strokes, picture}} replaces everything
    this.done = 0;
    this.live = []; // the stroke on its way while the pen is down
    this.preview = null; // strokes that stand for all else while an example is being written
    try {
      const saved = JSON.parse(storage.getItem(key));
      if (Array.isArray(saved?.steps)) [this.steps, this.done] = [saved.steps, saved.done];
    } catch { /* nothing saved, or not allowed to look */ }
  }

  add(step) {
    this.steps.length = this.done;
    this.steps.push(step);
    if (this.steps.length > LONGEST_HISTORY) {
      this.steps = [{ page: this.page(this.steps.length - KEPT_STEPS) }, ...this.steps.slice(-KEPT_STEPS)];
    }
    this.done = this.steps.length;
    this.save();
  }

  /** Replaces everything on the pad. */
  replace(strokes, picture = null) {
    this.add({ page: { strokes, picture } });
  }

  /** Undoes (-1) or redoes (1) a step; false when there is none. */
  move(by) {
    const to = Math.min(Math.max(this.done + by, 0), this.steps.length);
    if (to === this.done) return false;
    this.done = to;
    this.save();
    return true;
  }

  /** What is on the paper after the first `count` steps. */
  page(count = this.done) {
    if (this.preview) return { strokes: this.preview, picture: null };
    let page = { strokes: [], picture: null };
    for (const step of this.steps.slice(0, count)) {
      if (step.page) page = { strokes: [...step.page.strokes], picture: step.page.picture ?? null };
      else page.strokes.push(step.stroke);
    }
    page.strokes.push(...this.live.filter((stroke) => stroke.points.length));
    return page;
  }

  /** Whether something is being drawn just now. */
  get moving() {
    return this.live.length > 0 || this.preview !== null;
  }

  get empty() {
    const { strokes, picture } = this.page();
    return !picture && !strokes.some((stroke) => !stroke.erase);
  }

  save() {
    try {
      this.storage.setItem(this.key, JSON.stringify({ steps: this.steps, done: this.done }));
    } catch { /* full or not allowed: the ink lives on in this page */ }
  }
}
