package prepared

import (
	"container/list"
	"context"
	"database/sql/driver"
	"errors"
)

// maxKept is the maximum number of statements that a connection keeps. A limit is
// necessary because the SQL texts of some statements depend on the SCIM request, so
// their number has no bound. The least recently used statement is closed first.
const maxKept = 256

// driverConn combines the interfaces of database/sql/driver that a connection of the
// wrapped driver must implement.
type driverConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.Pinger
	driver.QueryerContext
	driver.SessionResetter
	driver.Validator
}

// Connector wraps the argument inner so that its connections keep their prepared
// statements.
func Connector(inner driver.Connector) driver.Connector { return connector{inner} }

type connector struct{ driver.Connector }

// Connect opens a connection.
func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	inner, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	able, ok := inner.(driverConn)
	if !ok {
		return nil, errors.Join(errors.New("this driver's connections cannot keep statements"), inner.Close())
	}
	return &conn{driverConn: able, byText: map[string]*list.Element{}}, nil
}

// conn is a connection with its statements. database/sql uses it from one
// goroutine at a time.
type conn struct {
	driverConn
	byText map[string]*list.Element // of *statement
	order  list.List                // most recently used first
}

// statement is a prepared statement of a connection.
type statement struct {
	text  string
	inner driver.Stmt
	busy  bool // its rows are being read
}

// Unwrap returns the driver's own connection, for functions such as sqlite.Limit.
func (c *conn) Unwrap() driver.Conn { return c.driverConn }

// Close closes the statements and the connection.
func (c *conn) Close() error {
	var failed error
	for e := c.order.Front(); e != nil; e = e.Next() {
		failed = errors.Join(failed, e.Value.(*statement).inner.Close())
	}
	c.order.Init()
	clear(c.byText)
	return errors.Join(failed, c.driverConn.Close())
}

// ExecContext runs the prepared statement for an SQL text.
func (c *conn) ExecContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Result, error) {
	s, err := c.take(ctx, text)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return c.driverConn.ExecContext(ctx, text, args)
	}
	return s.inner.(driver.StmtExecContext).ExecContext(ctx, args)
}

// QueryContext runs the prepared statement for an SQL text. The statement is busy
// until its rows are closed.
func (c *conn) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	s, err := c.take(ctx, text)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return c.driverConn.QueryContext(ctx, text, args)
	}
	inner, err := s.inner.(driver.StmtQueryContext).QueryContext(ctx, args)
	if err != nil {
		return nil, err
	}
	s.busy = true
	return &rows{Rows: inner, of: s}, nil
}

// The type rows releases its statement when the rows are closed.
type rows struct {
	driver.Rows
	of *statement
}

// Close closes the rows and releases the statement.
func (r *rows) Close() error {
	r.of.busy = false
	return r.Rows.Close()
}

// take returns the prepared statement for an SQL text, or nil if the statement is
// busy. It also keeps an SQL text with several statements, but the driver parses such
// a text each time.
func (c *conn) take(ctx context.Context, text string) (*statement, error) {
	if e := c.byText[text]; e != nil {
		c.order.MoveToFront(e)
		if s := e.Value.(*statement); !s.busy {
			return s, nil
		}
		return nil, nil
	}
	if err := c.makeRoom(); err != nil {
		return nil, err
	}
	inner, err := c.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	s := &statement{text: text, inner: inner}
	c.byText[text] = c.order.PushFront(s)
	return s, nil
}

// makeRoom closes the least recently used statement if the connection keeps too many
// statements.
func (c *conn) makeRoom() error {
	for e := c.order.Back(); e != nil && c.order.Len() >= maxKept; {
		s, before := e.Value.(*statement), e.Prev()
		if !s.busy {
			c.order.Remove(e)
			delete(c.byText, s.text)
			if err := s.inner.Close(); err != nil {
				return err
			}
		}
		e = before
	}
	return nil
}
