package flex

// A SID of Twilio has two letters and 32 hexadecimal digits. Each kind of SID has
// its own type, so that the compiler reports a SID of the wrong kind.
type (
	AccountSID     string // AC…
	WorkspaceSID   string // WS…
	WorkerSID      string // WK…
	ActivitySID    string // WA…
	ReservationSID string // WR…
	ChannelSID     string // WC…, a Worker Channel
	TaskSID        string // WT…
	InstanceSID    string // GO…, the Flex instance
	UserSID        string // FU…, a Flex user
)

// sidLength is the length of every SID, in characters.
const sidLength = 34

// IsSID reports whether s is a SID with this prefix, such as "WK". Check SIDs
// before a call, because twilio-go puts them into paths unescaped.
func IsSID(s, prefix string) bool {
	if len(s) != sidLength || s[:2] != prefix {
		return false
	}
	for _, c := range []byte(s[2:]) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') && (c < 'A' || c > 'F') {
			return false
		}
	}
	return true
}
