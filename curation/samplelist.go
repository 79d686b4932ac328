package curation

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/proof"
)

const sampleColumns = `id, submission_id, round_id, product_id, shop_id, what, pieces, place, due_day, state, grams, stated, asked_by, asked_at, ended_at`

// samples reads samples, oldest first; where is a constant of ours.
func samples(ctx context.Context, db *gorm.DB, where string, args ...any) ([]Sample, error) {
	var out []Sample
	if err := db.WithContext(ctx).Raw(`SELECT `+sampleColumns+` FROM samples WHERE `+where+` ORDER BY id`, args...).Scan(&out).Error; err != nil {
		return nil, fmt.Errorf("curation: samples: %w", err)
	}
	for i := range out {
		out[i].AskedAt = out[i].AskedAt.UTC()
		if out[i].EndedAt != nil {
			at := out[i].EndedAt.UTC()
			out[i].EndedAt = &at
		}
	}
	return out, nil
}

// withEvents adds every step with the name of who took it.
func (s *Service) withEvents(ctx context.Context, db *gorm.DB, list []Sample) error {
	ids, at := []int64{}, map[int64]int{}
	for i, one := range list {
		ids, at[one.ID] = append(ids, one.ID), i
	}
	if len(ids) == 0 {
		return nil
	}
	var steps []SampleEvent
	err := db.WithContext(ctx).Raw(`SELECT id, sample_id, move, from_state, to_state, note, grams, picture_id, actor_id, at
		FROM sample_events WHERE sample_id IN ? ORDER BY id`, ids).Scan(&steps).Error
	if err != nil {
		return fmt.Errorf("curation: steps of samples: %w", err)
	}
	var people []int64
	for _, e := range steps {
		people = append(people, e.ActorID)
	}
	names, err := s.people.Users(ctx, people)
	if err != nil {
		return err
	}
	for _, e := range steps {
		e.At, e.ActorName = e.At.UTC(), names[e.ActorID].Name
		one := &list[at[e.SampleID]]
		if n := len(one.Events); n > 0 {
			e.Took = e.At.Sub(one.Events[n-1].At)
		}
		one.Events = append(one.Events, e)
	}
	return nil
}

// Samples returns the samples of a submission with their steps, oldest first, to
// whom its history is open (History).
func (s *Service) Samples(ctx context.Context, actor account.Actor, submissionID int64) ([]Sample, error) {
	if _, err := s.catalog.Submission(ctx, actor, submissionID); err != nil {
		return nil, err
	}
	db := s.db.Read(ctx)
	list, err := samples(ctx, db, `submission_id = ?`, submissionID)
	if err != nil {
		return nil, err
	}
	return list, s.withEvents(ctx, db, list)
}

// Sample returns one sample with its steps. Who may read it: as Samples.
func (s *Service) Sample(ctx context.Context, actor account.Actor, sampleID int64) (Sample, error) {
	db := s.db.Read(ctx)
	list, err := samples(ctx, db, `id = ?`, sampleID)
	if err != nil {
		return Sample{}, err
	}
	if len(list) == 0 {
		return Sample{}, fault.NotFound("sample")
	}
	if _, err := s.catalog.Submission(ctx, actor, list[0].SubmissionID); err != nil {
		return Sample{}, err
	}
	return list[0], s.withEvents(ctx, db, list)
}

// LastPlace is where the curator last had a sample brought, so that it is not typed
// again; "" for the first.
func (s *Service) LastPlace(ctx context.Context, actor account.Actor) (place string, err error) {
	err = s.db.Read(ctx).Raw(`SELECT place FROM samples WHERE asked_by = ? ORDER BY id DESC LIMIT 1`, actor.UserID).Scan(&place).Error
	if err != nil {
		return "", fmt.Errorf("curation: last place: %w", err)
	}
	return place, nil
}

// ShopOfSample says which shop a sample is of. It checks no permission.
func (s *Service) ShopOfSample(ctx context.Context, sampleID int64) (int64, error) {
	list, err := samples(ctx, s.db.Read(ctx), `id = ?`, sampleID)
	if err != nil {
		return 0, err
	}
	if len(list) == 0 {
		return 0, fault.NotFound("sample")
	}
	return list[0].ShopID, nil
}

// MaySeeSample reports whether the actor may see the pictures of a sample (media's
// access hook for SamplePicture): the shop's people, their companion and curators.
func (s *Service) MaySeeSample(ctx context.Context, actor account.Actor, sampleID int64) (bool, error) {
	if actor.Has(account.RoleCurator) {
		return true, nil
	}
	shop, err := s.ShopOfSample(ctx, sampleID)
	if fault.Is(err, fault.KindNotFound) {
		return false, nil
	}
	return err == nil && actor.Manages(shop), err
}

// SamplesAsked counts, by shop, the samples that makers still have to bring. It
// checks no permission.
func (s *Service) SamplesAsked(ctx context.Context, shops []int64) (map[int64]int64, error) {
	out := map[int64]int64{}
	if len(shops) == 0 {
		return out, nil
	}
	var rows []struct{ ShopID, N int64 }
	err := s.db.Read(ctx).Raw(`SELECT shop_id, COUNT(*) AS n FROM samples WHERE ended_at IS NULL AND state = ? AND shop_id IN ? GROUP BY shop_id`,
		SampleAsked, shops).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("curation: samples asked: %w", err)
	}
	for _, r := range rows {
		out[r.ShopID] = r.N
	}
	return out, nil
}

// SampleFilter narrows the list of samples. The zero filter is all under way.
type SampleFilter struct {
	Region string      // province, regency or district code
	State  SampleState // "": any that is open
	Late   bool        // past the day until which they were to be brought
	Mine   bool        // asked for by the actor
}

// SampleLine is one line of the list.
type SampleLine struct {
	Sample
	Title     string // of the product
	ShopName  string
	ShopPlace string // village and district
	Days      int    // working days since it was asked for
	Overdue   bool
}

// sampleLines bounds the list: who has more under way has another problem.
const sampleLines = 200

// SamplesUnderWay lists samples under way, longest waiting first, at most 200, for
// whom the queue is open: curators without the shops they have an interest in, heads
// their territory. more reports that there are others.
func (s *Service) SamplesUnderWay(ctx context.Context, actor account.Actor, f SampleFilter) (out []SampleLine, more bool, err error) {
	if err := looks(actor); err != nil {
		return nil, false, err
	}
	db := s.db.Read(ctx)
	now, err := clock.Now(ctx, db)
	if err != nil {
		return nil, false, err
	}
	list, err := samples(ctx, db, `ended_at IS NULL`)
	if err != nil {
		return nil, false, err
	}
	hidden := interests(actor)
	list = slices.DeleteFunc(list, func(one Sample) bool {
		return f.State != "" && one.State != f.State || f.Late && !one.Late(now) || f.Mine && one.AskedBy != actor.UserID || slices.Contains(hidden, one.ShopID)
	})
	var regions []string
	if f.Region != "" {
		regions = []string{f.Region}
	}
	regions = within(actor, regions)
	heads, err := s.catalog.SubmissionHeads(ctx, submissionsOf(list))
	if err != nil {
		return nil, false, err
	}
	for _, one := range list {
		head := heads[one.SubmissionID]
		if len(regions) > 0 && !slices.ContainsFunc(regions, func(r string) bool { return head.DistrictCode == r || strings.HasPrefix(head.DistrictCode, r+".") }) {
			continue
		}
		if len(out) == sampleLines {
			return out, true, nil
		}
		out = append(out, SampleLine{Sample: one, Title: head.Title, ShopName: head.ShopName, ShopPlace: head.Place, Days: workingDays(one.AskedAt, now), Overdue: one.Late(now)})
	}
	return out, false, nil
}

func submissionsOf(list []Sample) (ids []int64) {
	for _, one := range list {
		ids = append(ids, one.SubmissionID)
	}
	return ids
}

// SampleTime is how long a step takes: the median over samples of the last half year.
type SampleTime struct {
	Move   string
	Count  int
	Median time.Duration // since the step before
}

// SampleTimes measures the steps of samples, in the order of SampleMoves, for whom
// the queue is open.
func (s *Service) SampleTimes(ctx context.Context, actor account.Actor) ([]SampleTime, error) {
	if err := looks(actor); err != nil {
		return nil, err
	}
	db := s.db.Read(ctx)
	now, err := clock.Now(ctx, db)
	if err != nil {
		return nil, err
	}
	var steps []SampleEvent
	err = db.Raw(`SELECT e.sample_id, e.move, e.at FROM sample_events e JOIN samples s ON s.id = e.sample_id WHERE s.asked_at > ? ORDER BY e.sample_id, e.id`,
		now.AddDate(0, -6, 0)).Scan(&steps).Error
	if err != nil {
		return nil, fmt.Errorf("curation: times of samples: %w", err)
	}
	took := map[string][]time.Duration{}
	for i := 1; i < len(steps); i++ {
		if steps[i].SampleID == steps[i-1].SampleID {
			took[steps[i].Move] = append(took[steps[i].Move], steps[i].At.Sub(steps[i-1].At))
		}
	}
	var out []SampleTime
	for _, t := range SampleMoves {
		if all := took[t.Name]; len(all) > 0 {
			slices.Sort(all)
			out = append(out, SampleTime{t.Name, len(all), all[len(all)/2]})
		}
	}
	return out, nil
}

// proveSamples checks samples against their steps.
func (s *Service) proveSamples(_ context.Context, db *gorm.DB) ([]proof.Finding, error) {
	var out []proof.Finding
	for _, c := range []struct{ invariant, query, text string }{
		{"K-S1 sample without its steps", `SELECT s.id, COUNT(e.id) AS n FROM samples s LEFT JOIN sample_events e ON e.sample_id = s.id AND e.id = (
			SELECT MAX(l.id) FROM sample_events l WHERE l.sample_id = s.id) WHERE e.id IS NULL OR e.to_state <> s.state GROUP BY s.id`, "its last step led elsewhere (%d)"},
		{"K-S2 broken chain of steps", `SELECT e.sample_id AS id, e.id AS n FROM sample_events e WHERE e.from_state <> COALESCE((
			SELECT p.to_state FROM sample_events p WHERE p.sample_id = e.sample_id AND p.id < e.id ORDER BY p.id DESC LIMIT 1), '')`, "step %d does not begin where the one before ended"},
		{"K-S3 sample of another's round", `SELECT s.id, s.round_id AS n FROM samples s LEFT JOIN review_rounds r ON r.id = s.round_id AND r.submission_id = s.submission_id
			WHERE r.id IS NULL`, "its submission has no round %d"},
		{"K-S4 weighed without a weight", `SELECT s.id, s.grams AS n FROM samples s LEFT JOIN sample_events e ON e.id = (
			SELECT MAX(l.id) FROM sample_events l WHERE l.sample_id = s.id AND l.move = 'weigh') WHERE s.grams <> COALESCE(e.grams, 0)`, "%d grams are not what was weighed last"},
	} {
		var rows []struct{ ID, N int64 }
		if err := db.Raw(c.query).Scan(&rows).Error; err != nil {
			return nil, fmt.Errorf("curation: prove %s: %w", c.invariant, err)
		}
		for _, r := range rows {
			out = append(out, proof.Finding{Invariant: c.invariant, Row: fmt.Sprintf("samples %d", r.ID), Text: fmt.Sprintf(c.text, r.N)})
		}
	}
	return out, nil
}
