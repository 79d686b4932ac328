package maker

import (
	"fmt"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/media"
	"github.com/lapak-berdaya/lapak/server/web"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// copyProduct begins a product like this one and asks first what it is called. A form
// that comes again finds the copy, and the photos that had arrived.
func (a area) copyProduct(c *web.Ctx) error {
	var in struct {
		FormKey string `form:"form_key"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	productID, err := c.ID("id")
	if err != nil {
		return err
	}
	made, err := a.Catalog.StartCopy(c.Context(), c.Actor, productID, in.FormKey)
	if err != nil {
		return err
	}
	copied := map[int64]int64{}
	if len(made.Made.Revision.Pictures) == 0 && made.Made.Editable() {
		for _, id := range made.From.Pictures {
			p, err := a.Media.CopyTo(c.Context(), c.Actor, id, media.Upload{
				OwnerKind: catalog.PictureOwner, OwnerID: made.Made.ProductID, Key: fmt.Sprintf("copy-%d", id),
			})
			if err != nil {
				return err
			}
			copied[id] = p.ID
		}
	}
	sub, err := a.Catalog.FillCopy(c.Context(), c.Actor, made, copied)
	if err != nil {
		return err
	}
	c.Flash(view.Good, "maker.copy.made")
	return c.SeeOther(submissionURL(sub.ID) + "/" + stepName)
}
