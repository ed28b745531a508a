// Makes a text as large as its place allows.

const STEP = 0.94;
const SMALLEST = 0.35;

// `place` is the element that must hold the text; sizes in it are multiplied by `--scale`.
export function fit(place) {
  for (let scale = 1; scale >= SMALLEST; scale *= STEP) {
    place.style.setProperty("--scale", scale.toFixed(3));
    if (place.scrollHeight <= place.clientHeight && place.scrollWidth <= place.clientWidth) return;
  }
}
