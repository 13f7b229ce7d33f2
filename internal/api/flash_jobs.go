package api

import (
	"context"
	"net/http"
	"time"

	"gateway/internal/access"
	"gateway/internal/fault"
)

// NewFlashJob says what is to be done with the board at a port.
type NewFlashJob struct {
	Port     string       `json:"port" minLength:"1" maxLength:"256" example:"/dev/ttyUSB0"`
	Kind     string       `json:"kind" enum:"flash,files,erase" doc:"flash: everything. files: MicroPython is on it already. erase: everything, after all of its flash is erased"`
	Name     string       `json:"name" minLength:"1" maxLength:"64" example:"Alert lamp"`
	ID       string       `json:"id,omitempty" maxLength:"40" doc:"Absent: made from the name. That of a board that is there: it gets a new key" example:"lamp"`
	Template string       `json:"template" maxLength:"64" doc:"One of the templates" example:"lamp"`
	WiFi     NewFlashWiFi `json:"wifi"`
	Address  string       `json:"address,omitempty" maxLength:"256" doc:"What the board is told where the gateway is. Absent: flash.address of the config, else as this machine is found on its network" example:"http://192.168.1.20:8090"`
	Baud     int          `json:"baud,omitempty" enum:"115200,230400,460800,921600" doc:"The highest rate to try"`
}

// NewFlashWiFi is the network that a board is to join.
type NewFlashWiFi struct {
	SSID     string  `json:"ssid" maxLength:"32" doc:"Empty: none is written, the board keeps what its chip has stored"`
	Password *string `json:"password,omitempty" maxLength:"64" writeOnly:"true" doc:"Absent: the one that is kept for this ssid; empty: an open network"`
	Keep     bool    `json:"keep,omitempty" doc:"Keep both for the next board, encrypted"`
}

// FlashJob is the work on one board. It is done when the board has said that it is online.
type FlashJob struct {
	ID         string           `json:"id"`
	Kind       string           `json:"kind" enum:"flash,files,erase"`
	Port       string           `json:"port"`
	Board      string           `json:"board,omitempty" doc:"Its id, as soon as there is one"`
	Name       string           `json:"name"`
	Template   string           `json:"template"`
	SSID       string           `json:"ssid,omitempty"`
	State      string           `json:"state" enum:"running,done,failed,cancelled"`
	Phase      string           `json:"phase" enum:"connect,erase,write,verify,files,restart,online" doc:"The one under way, or the last one"`
	Phases     []FlashPhase     `json:"phases" doc:"Those of this job, in order"`
	Percent    int              `json:"percent"`
	ETA        *float64         `json:"eta_s,omitempty" doc:"Seconds until it is done, as far as can be told"`
	Started    time.Time        `json:"started"`
	Ended      *time.Time       `json:"ended,omitempty"`
	Chip       *FlashChip       `json:"chip,omitempty"`
	Error      *FlashError      `json:"error,omitempty" doc:"Why it failed"`
	Manual     bool             `json:"manual" doc:"Somebody has to press RESET now: in the phase connect with FLASH held, in the phase verify without"`
	Log        []FlashLine      `json:"log" doc:"The last 500 lines, oldest first; in the event flash_job only those that are new"`
	Rate       int              `json:"rate,omitempty" doc:"Bytes of flash a second"`
	Baud       int              `json:"baud,omitempty" doc:"The rate that the board answered at"`
	Suggestion *FlashSuggestion `json:"suggestion,omitempty" doc:"What to do next, when it is online"`
}

// FlashPhase is a part of a job.
type FlashPhase struct {
	Name  string `json:"name" enum:"connect,erase,write,verify,files,restart,online"`
	State string `json:"state" enum:"waiting,running,done,failed,skipped"`
	Done  int64  `json:"done" doc:"Bytes"`
	Total int64  `json:"total" doc:"Bytes; 0 where there is nothing to count"`
}

// FlashError is why a job failed.
type FlashError struct {
	Code   fault.Code `json:"code" enum:"denied,invalid,too_large,rate_limited,offline,timeout,unavailable"`
	Reason string     `json:"reason" enum:"cancelled,silent,other_chip,busy,denied,gone,image,flash,files,wifi,online,internal" doc:"What help to show. silent: no board answered. gone: the cable was pulled. online: it was flashed, and did not come"`
	Detail string     `json:"detail" doc:"One sentence for a person"`
	Remedy string     `json:"remedy,omitempty" doc:"What to do about it"`
}

// FlashLine is a line of a job's log.
type FlashLine struct {
	N    int       `json:"n" doc:"Its number in the job, from 1"`
	At   time.Time `json:"at"`
	From string    `json:"from" enum:"gateway,board"`
	Text string    `json:"text"`
}

// FlashSuggestion is a mapping that a page can offer.
type FlashSuggestion struct {
	Topic     string `json:"topic" example:"devices/lamp/{event...}"`
	Direction string `json:"direction" enum:"mqtt_to_socketio,socketio_to_mqtt,both"`
	Namespace string `json:"namespace" example:"/lamp"`
	Event     string `json:"event" example:"{event...}"`
}

// FlashJobList is the jobs since the gateway started, the newest first.
type FlashJobList struct {
	Items []FlashJob `json:"items"`
}

type flashJobsOutput struct{ Body FlashJobList }

type flashJobOutput struct{ Body FlashJob }

type flashJobInput struct {
	ID string `path:"id"`
}

// FlashRetry is what to do otherwise in another attempt; what is absent stays as it was.
type FlashRetry struct {
	Kind string `json:"kind,omitempty" enum:"flash,files,erase"`
	Baud int    `json:"baud,omitempty" enum:"115200,230400,460800,921600" doc:"The highest rate to try"`
}

type flashRetryInput struct {
	ID   string `path:"id"`
	Body *FlashRetry
}

type newFlashJobInput struct{ Body NewFlashJob }

func (s *server) addFlashJobs() {
	jobs := flashPath + "jobs"
	add(s, operation{
		id: "listFlashJobs", method: http.MethodGet, path: jobs, tag: flashTag, needs: access.View, summary: "List the flash jobs",
		description: "Pages at /admin are told of changes by `flash_job`.",
	}, func(context.Context, *struct{}) (*flashJobsOutput, error) {
		return &flashJobsOutput{FlashJobList{s.Flash.Jobs()}}, nil
	})
	add(s, operation{
		id: "startFlashJob", method: http.MethodPost, path: jobs, tag: flashTag, needs: access.EditTokens, status: http.StatusCreated,
		summary: "Flash a board", description: "The board is made, flashed, and waited for. One job at a time has a port.",
		errors: []int{http.StatusNotFound, http.StatusConflict},
	}, func(ctx context.Context, in *newFlashJobInput) (*flashJobOutput, error) {
		j, err := s.Flash.StartJob(ctx, in.Body, here(ctx), principalOf(ctx))
		if err != nil {
			return nil, refusedBoard(err)
		}
		s.audit(ctx, "a flash job was started", "job", j.ID, "port", j.Port, "kind", j.Kind)
		return &flashJobOutput{j}, nil
	})
	missing := []int{http.StatusNotFound}
	add(s, operation{
		id: "getFlashJob", method: http.MethodGet, path: jobs + "/{id}", tag: flashTag, needs: access.View, summary: "Show a flash job", errors: missing,
	}, func(_ context.Context, in *flashJobInput) (*flashJobOutput, error) {
		return flashJobAnswer(s.Flash.Job(in.ID))
	})
	add(s, operation{
		id: "cancelFlashJob", method: http.MethodPost, path: jobs + "/{id}/cancel", tag: flashTag, needs: access.EditTokens, summary: "Give a flash job up",
		description: "The board can be flashed again.", errors: append(missing, http.StatusConflict),
	}, func(ctx context.Context, in *flashJobInput) (*flashJobOutput, error) {
		j, err := s.Flash.CancelJob(in.ID)
		if err == nil {
			s.audit(ctx, "a flash job was given up", "job", j.ID)
		}
		return flashJobAnswer(j, err)
	})
	add(s, operation{
		id: "retryFlashJob", method: http.MethodPost, path: jobs + "/{id}/retry", tag: flashTag, needs: access.EditTokens, status: http.StatusCreated,
		summary: "Try a flash job again", description: "A new job with the same orders and the same board, which gets a new key.",
		errors: append(missing, http.StatusConflict),
	}, func(ctx context.Context, in *flashRetryInput) (*flashJobOutput, error) {
		var otherwise FlashRetry
		if in.Body != nil {
			otherwise = *in.Body
		}
		j, err := s.Flash.RetryJob(ctx, in.ID, otherwise)
		if err == nil {
			s.audit(ctx, "a flash job was started", "job", j.ID, "port", j.Port, "kind", j.Kind)
		}
		return flashJobAnswer(j, err)
	})
}

func flashJobAnswer(j FlashJob, err error) (*flashJobOutput, error) {
	if err != nil {
		return nil, refusedBoard(err)
	}
	return &flashJobOutput{j}, nil
}

// here is the gateway's URL as the request's sender has it.
func here(ctx context.Context) string {
	r := requestOf(ctx)
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}
