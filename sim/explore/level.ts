// One level of the search: the states that are so many moves from the beginning, each as it is and with how it was reached.

import { Course, type Charts, type CourseState } from './course.ts'
import { Ints } from './growing.ts'
import type { Joint } from './joint.ts'

/** A level as plain data. */
export interface SavedLevel {
  readonly values: Int32Array
  readonly numbers: Int32Array
  /** Of those that are left; empty where no plans are wanted. */
  readonly courses: readonly CourseState[]
  readonly readAt: number
  readonly taken: number
}

/** The states one after the other, each with its length before it. */
export class Level {
  private readonly values = new Ints()
  private readonly numbers = new Ints()
  /** How each was reached, where plans are wanted. */
  private courses: (Course | undefined)[] = []
  private readAt = 0
  private taken = 0

  get left(): number {
    return this.numbers.length - this.taken
  }

  /** How the state was reached that will be taken next. */
  get course(): Course | undefined {
    return this.courses[this.taken]
  }

  push(joint: Joint, number: number, course: Course | undefined): void {
    this.values.push(joint.length)
    for (const value of joint) this.values.push(value)
    this.numbers.push(number)
    if (course !== undefined) this.courses.push(course)
  }

  take(into: number[]): number {
    const length = this.values.at(this.readAt++)
    into.length = 0
    for (let i = 0; i < length; i++) into.push(this.values.at(this.readAt++))
    return this.numbers.at(this.taken++)
  }

  clear(): void {
    this.values.clear()
    this.numbers.clear()
    this.courses.length = 0
    this.readAt = this.taken = 0
  }

  save(): SavedLevel {
    const { values, numbers, readAt, taken } = this
    const courses = this.courses.slice(taken).flatMap((course) => (course === undefined ? [] : [course.state]))
    return { values: values.save(), numbers: numbers.save(), courses, readAt, taken }
  }

  restore({ values, numbers, courses, readAt, taken }: SavedLevel, charts: Charts): void {
    this.values.restore(values)
    this.numbers.restore(numbers)
    this.courses = courses.length === 0 ? [] : Array.from({ length: taken }, () => undefined)
    for (const state of courses) this.courses.push(Course.at(charts, state))
    this.readAt = readAt
    this.taken = taken
  }
}
