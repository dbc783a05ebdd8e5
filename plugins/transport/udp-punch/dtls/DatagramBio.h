#pragma once

#include <openssl/bio.h>

#include <cstddef>

#include "node/api/Bytes.h"

namespace gimlet::udp_punch::dtls
{

class Sink;

/// Joins OpenSSL to datagrams that somebody else carries. One record is given to it at a time; what it writes
/// (whole records: OpenSSL never splits them) is gathered into datagrams, or goes straight to the sink.
class DatagramBio
{
public:
	/// What OpenSSL knows of such BIOs; owned by the caller and outliving them. Null without memory.
	static BIO_METHOD* makeMethod();

	explicit DatagramBio(Sink& sink, std::size_t mtu) : _sink(sink), _mtu(mtu) {}
	DatagramBio(const DatagramBio&) = delete;
	DatagramBio& operator=(const DatagramBio&) = delete;

	/// A BIO that refers to this object. @return Null without memory; else it is the caller's.
	BIO* make(const BIO_METHOD* method);

	/// The record that is read next, if it is read before the next call; the bytes must live until then.
	void offer(ByteView record)
	{
		_offered = record;
	}
	/// Whether the record that was offered has been read.
	bool taken() const
	{
		return _offered.empty();
	}

	/// Whether records are held back to be bundled (a flight of the handshake) or sent one by one (data).
	void bundle(bool on)
	{
		_bundling = on;
	}
	/// Sends what is held back.
	void flush();
	/// Gives back the memory that bundling has used.
	void release()
	{
		_pending = {};
	}

private:
	static int write(BIO* bio, const char* data, int length);
	static int read(BIO* bio, char* data, int length);
	static long control(BIO* bio, int command, long number, void* pointer);

	void add(ByteView records);

	Sink& _sink;
	const std::size_t _mtu;
	ByteView _offered;
	Buffer _pending;
	bool _bundling = true;
};

}
