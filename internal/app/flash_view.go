package app

import (
	"gateway/internal/api"
	"gateway/internal/flash"
	"gateway/internal/flash/rom"
)

func answerJob(j flash.Job, err error) (api.FlashJob, error) {
	if err != nil {
		return api.FlashJob{}, err
	}
	return jobOf(j), nil
}

// jobOf is a job as the API has it.
func jobOf(j flash.Job) api.FlashJob {
	out := api.FlashJob{
		ID: j.ID, Kind: string(j.Kind), Port: j.Port, Board: j.Board, Name: j.Name, Template: j.Template, SSID: j.SSID,
		State: string(j.State), Phase: string(j.Phase), Phases: []api.FlashPhase{}, Percent: j.Percent, Started: j.Started,
		Chip: chipOf(j.Chip), Manual: j.Manual, Log: []api.FlashLine{}, Rate: j.Rate, Baud: j.Baud,
	}
	for _, p := range j.Phases {
		out.Phases = append(out.Phases, api.FlashPhase{Name: string(p.Name), State: string(p.State), Done: p.Done, Total: p.Total})
	}
	for _, l := range j.Log {
		out.Log = append(out.Log, api.FlashLine(l))
	}
	if j.ETA > 0 {
		seconds := j.ETA.Seconds()
		out.ETA = &seconds
	}
	if !j.Ended.IsZero() {
		out.Ended = &j.Ended
	}
	if f := j.Failure; f != nil {
		out.Error = &api.FlashError{Code: f.Code, Reason: string(f.Reason), Detail: f.Detail, Remedy: f.Remedy}
	}
	if j.Suggestion != nil {
		s := api.FlashSuggestion(*j.Suggestion)
		out.Suggestion = &s
	}
	return out
}

func chipOf(c *rom.Chip) *api.FlashChip {
	if c == nil {
		return nil
	}
	return &api.FlashChip{Name: c.Name, MAC: c.MAC, FlashID: int(c.FlashID), FlashSize: c.FlashSize}
}

func portsOf(list []flash.PortState) []api.FlashPort {
	out := []api.FlashPort{}
	for _, p := range list {
		out = append(out, api.FlashPort{
			Name: p.Name, Vendor: p.Vendor, Product: p.Product, Serial: p.Serial, Adapter: p.Adapter, Job: p.Job, Busy: p.Busy, Chip: chipOf(p.Chip),
		})
	}
	return out
}
