package maker

import "github.com/lapak-berdaya/lapak/templates/view"

// Lessons is what there is to learn.
type Lessons struct {
	Page    view.Private
	Lessons []Task
}

// LessonView is one lesson to read.
type LessonView struct {
	Page   view.Private
	Lesson view.Lesson
}
