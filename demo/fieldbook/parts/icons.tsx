import type { ReactNode } from 'react'

function Icon({ children }: { children: ReactNode }) {
  return (
    <svg
      viewBox="0 0 24 24"
      width="22"
      height="22"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.8"
      aria-hidden="true"
    >
      {children}
    </svg>
  )
}

export const TrashIcon = () => (
  <Icon>
    <path d="M4 7h16M9 7V4h6v3m-8 0 1 13h8l1-13" strokeLinecap="round" strokeLinejoin="round" />
  </Icon>
)

export const JobsIcon = () => (
  <Icon>
    <path d="M5 6h14M5 12h14M5 18h9" strokeLinecap="round" />
  </Icon>
)

export const InboxIcon = () => (
  <Icon>
    <path d="M4 13h5l1.5 3h3L15 13h5M4 13l3-8h10l3 8v6H4z" strokeLinecap="round" strokeLinejoin="round" />
  </Icon>
)

export const ProfileIcon = () => (
  <Icon>
    <circle cx="12" cy="8" r="4" />
    <path d="M4 20c1-4 4-6 8-6s7 2 8 6" strokeLinecap="round" />
  </Icon>
)

export const Mark = () => (
  <svg viewBox="0 0 32 32" width="28" height="28" aria-hidden="true">
    <rect width="32" height="32" rx="8" fill="var(--accent)" />
    <path d="M9 8h14v3.4H13v3.5h8.4v3.3H13V24H9z" fill="var(--on-accent)" />
  </svg>
)
