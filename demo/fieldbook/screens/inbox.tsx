import { useFaults } from '../app.js'
import { FaultCard } from '../parts/fault-card.js'
import { count } from '../words/status.js'

export function InboxScreen() {
  const { open } = useFaults()
  return (
    <div className="page">
      <h1 tabIndex={-1}>Inbox</h1>
      <p className="lead" role="status">
        {open.length === 0
          ? 'Nothing was refused.'
          : `${count(open.length, 'change')} refused. Your text is kept here.`}
      </p>
      {open.length === 0 && <p className="empty">When the server refuses a change, it comes here, with your text.</p>}
      <ul className="cards">
        {open.map((fault) => (
          <FaultCard key={fault.id} fault={fault} />
        ))}
      </ul>
    </div>
  )
}
