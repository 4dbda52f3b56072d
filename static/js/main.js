// All modules of a page, in the order in which they listen. They talk through DOM events.

import "./theme.js";
import "./settings.js";
import "./menus.js";
import "./keyboard.js";
import "./palette.js";
import "./scanner.js";
import "./dialogs.js";
import "./toasts.js";
import "./forms.js";
import "./copy.js";
import "./table.js";
import "./tabs.js";
import "./rows.js";
import "./selection.js";
import "./disclosure.js";
import "./requests.js";
import "./visibility.js";
import "./cell-filter.js";
import "./typed-filter.js";
import "./filter-builder.js";
import "./downloads.js";
import "./sortable.js";
import "./printing.js";
