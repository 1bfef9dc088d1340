"use strict";
// A new last child of an element, an SVG element within a drawing.
const add = (parent, name, attributes = {}, text) => {
  const inSvg = parent instanceof SVGElement || name === "svg";
  const made = inSvg ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
  for (const key in attributes) made.setAttribute(key, attributes[key]);
  if (text !== undefined) made.textContent = text;
  parent.append(made);
  return made;
};
