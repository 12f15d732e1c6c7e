// What every page runs. Each behaviour is a file of its own and listens on the document, so that pages may come and go
// beneath it. Without any of it every page works.

import { copyButtons } from "./copy";
import { finder } from "./finder";
import { forms } from "./forms";
import { keys } from "./keys";
import { lines } from "./lines";
import { menus } from "./menus";
import { navigation } from "./navigate";
import { places } from "./place";
import { tabs } from "./tabs";
import { themes } from "./theme";
import { times } from "./times";

copyButtons();
finder();
forms();
keys();
lines();
menus();
navigation();
places();
tabs();
themes();
times();
