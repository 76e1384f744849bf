/* How a photo gets to the server: chosen, dropped or pasted anywhere on the tab, or taken with a camera. */
import { ask } from '../static/ask.js';
import { make, openTab, role } from '../static/shared.js';

const SLOW_UPLOAD = 600_000; // ms: 20 MB at 300 kbit/s
const PICTURE = /\.(jpe?g|png|webp|gif|bmp|tiff?|heic|heif|avif)$/i;
const megabytes = (bytes) => `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;

/** A sentence when a file cannot be read here, null when it is worth sending: the server looks into it. */
export function refusal(file) {
  if (file.size > settings.largestFile) {
    return `“${file.name}” has ${megabytes(file.size)}, and photos up to ${megabytes(settings.largestFile)} are read. Send a smaller one.`;
  }
  if (file.type.startsWith('image/') || (!file.type && PICTURE.test(file.name))) return null;
  return `“${file.name}” is not a picture. ${settings.formats} files are read.`;
}

/** One attempt: {path} on the server, {message} when it was refused, nothing when the connection is lost. */
function send(file, wanted, onProgress) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    const { root = '', api_prefix: prefix = '/gradio_api' } = window.gradio_config ?? {};
    request.upload.onprogress = ({ loaded, total }) => {
      if (wanted()) onProgress(loaded / total);
      else request.abort();
    };
    request.onload = () => {
      if (request.status === 200) resolve({ path: JSON.parse(request.responseText)[0] });
      else if (request.status >= 500) resolve(undefined);
      else resolve({ message: request.status === 413 ? `The photo is too large: up to ${megabytes(settings.largestFile)} are read.` : 'The upload failed. Choose the photo again.' });
    };
    request.onerror = request.onabort = () => resolve(undefined);
    request.open('POST', `${root}${prefix}/upload`);
    const form = new FormData();
    form.append('files', file, file.name || 'photo.png');
    request.send(form);
  });
}

/** Sends a file and says how far it is; {path}, {message}, or nothing once it is no longer wanted. */
export function upload(file, { wanted, onTrouble, onProgress }) {
  return ask(() => send(file, wanted, onProgress), { wanted, onTrouble, patience: SLOW_UPLOAD });
}

const firstFile = (transfer) => [...(transfer?.files ?? [])][0];

/** Calls take(file) for each photo that a visitor gives, and say(sentence) when there is none. */
export function listen(root, take, say) {
  role('file').onchange = ({ target }) => {
    if (target.files[0]) take(target.files[0]);
    target.value = '';
  };
  const holdsFiles = (event) => event.dataTransfer?.types.includes('Files');
  window.addEventListener('dragover', (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    root.dataset.over = 'true';
  });
  window.addEventListener('dragleave', (event) => !event.relatedTarget && delete root.dataset.over);
  window.addEventListener('drop', (event) => {
    delete root.dataset.over;
    if (!holdsFiles(event)) return;
    event.preventDefault();
    if (!root.offsetParent) openTab('Photo');
    take(firstFile(event.dataTransfer));
  });
  window.addEventListener('paste', (event) => {
    if (!root.offsetParent || event.target.closest?.('input:not([type=file]), textarea')) return;
    const file = firstFile(event.clipboardData);
    if (file) take(file);
    else say('There is no picture in the clipboard. Copy one, or choose a file.');
  });
  role('paste').onclick = () => fromClipboard(take, say);
  role('camera').onclick = () => (matchMedia('(pointer: coarse)').matches ? phoneCamera(take) : webcam(take, say));
}

async function fromClipboard(take, say) {
  try {
    for (const item of await navigator.clipboard.read()) {
      const type = item.types.find((one) => one.startsWith('image/'));
      if (type) return take(new File([await item.getType(type)], 'pasted picture', { type }));
    }
    return say('There is no picture in the clipboard. Copy one, or choose a file.');
  } catch {
    return say('The clipboard may not be read. Allow it in the browser, or choose a file.');
  }
}

/** The phone's own camera, in its own program. */
function phoneCamera(take) {
  const chooser = make('input', { type: 'file', accept: 'image/*', capture: 'environment' });
  chooser.onchange = () => chooser.files[0] && take(chooser.files[0]);
  chooser.click();
}

async function webcam(take, say) {
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment', width: { ideal: 1920 } } });
  } catch {
    say('No camera: it is refused, missing or in use. Allow it in the browser, or choose a file.');
    return;
  }
  const [finder, video] = [role('viewfinder'), role('video')];
  video.srcObject = stream;
  finder.onclose = () => stream.getTracks().forEach((track) => track.stop());
  role('stop').onclick = () => finder.close();
  role('shoot').onclick = () => {
    const canvas = make('canvas', { width: video.videoWidth, height: video.videoHeight });
    canvas.getContext('2d').drawImage(video, 0, 0);
    canvas.toBlob((blob) => take(new File([blob], 'camera.jpg', { type: 'image/jpeg' })), 'image/jpeg', 0.92);
    finder.close();
  };
  finder.showModal();
}
