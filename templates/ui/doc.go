// Package ui holds the components that more than one page draws, and the three
// shells around pages. A page of one area lives in that area's package.
//
// Shells: PublicPage (visitors; the same bytes for everyone), NarrowPage (the
// same around one small form), MakerPage (makers: large, bottom navigation,
// help at the top right), StaffPage (dense, navigation at the side). A page
// writes `@ui.MakerPage(v.Page) { … }`; Flash, the acting banner and the skip
// link come with the shell.
//
// Forms: Input, SelectField, ChoiceField, CheckField, Photo, Quantity,
// HiddenFields, FormKey, Submit, SubmitAs, ButtonLink, Act (a form of one
// button), ErrorSummary (takes the focus; put it first in the page), StepForm
// (one question of a maker's errand, with its Step).
//
// To show: Chip (a state), Notice, Flash, Empty, Price, Money (figures and
// words, before money is confirmed), Bill, Facts, Timeline, ProgressBar, Pages,
// Back, Trail, Tabs, Filters, Sheet (a table), Stats, Icon, Picture, Thumb,
// ProductCard, ProductGrid, ShopCard.
//
// Layout classes for pages: wrap (page width), narrow, stack (even distance
// between children), row (side by side, wraps), cols-side (main column and a
// sticky side), panel (a surface with an edge), lead, soft, section-head.
//
// Rules. Every sentence comes from internal/text. Icons never stand without a
// word. No style attributes, style or script elements: the content security
// policy forbids them. Words of sellers go into text nodes and plain
// attributes only; addresses only into href, src and action.
package ui
