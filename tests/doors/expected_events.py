"""Who may go through which door of events, registrations, announcements and meetings. How to read it: doors.expected."""

TABLE = """
# Open to everybody, and by a link alone
!/agenda/{token=agenda} | GET | public
!/api/v1/events | GET | public
!/api/v1/events/{public_id=event} | GET | public
!/attended/{token=attended} | GET | public
!/meeting-outcome/{token=came_of} | GET | public
!/o/{name=no-such-pixel} | GET | public
!/survey/{token=survey} | GET | public
!/tickets/{token=ticket} | GET | public
/attended/{code=attended} | GET | public
/events | GET | public
/events.atom | GET | public
/events.ics | GET | public
/events/calendar | GET | public
/events/calendar/{month=2027-01} | GET | public
/events/{address_name=event_address} | GET | public
/events/{address_name=event_address}/files/{file=leaflet} | GET | public
/events/{address_name=event_address}/guest | GET POST | public
/events/{address_name=event_address}/picture | GET | public
/events/{address_name=event_address}/register | GET | in = signed in
/events/{address_name=event_address}/register | POST | in = stranger owner order_desk other_importer importer_owner buyer
/events/{address_name=event_address}/share.png | GET | public
/meeting-outcome/{token=came_of} | GET POST | public
/meetings/ask | GET | in = signed in
/survey/{token=survey} | GET POST | public
/tickets/{token=ticket} | GET | public
/tickets/{token=ticket}/certificate.pdf | GET | public

# Firms
/account/events | GET POST | in = signed in
/desk/{org=exporter}/events | GET | in = owner editor order_desk viewer
/desk/{org=importer}/events | GET | in = importer_owner buyer importer_viewer
/desk/{org=exporter}/events/{registration=seat} | GET | in = owner editor order_desk viewer
/desk/{org=exporter}/events/{registration=seat}/answer | POST | in = owner order_desk; 403 = editor viewer
/desk/{org=exporter}/events/{registration=seat}/cancel | POST | in = owner order_desk; 403 = editor viewer
/desk/{org=exporter}/events/{registration=seat}/people | POST | in = owner order_desk; 403 = editor viewer
/desk/{org=exporter}/meeting-days/{day=day} | GET | in = owner editor order_desk viewer
/desk/{org=importer}/meeting-days/{day=day} | GET | in = importer_owner buyer importer_viewer
/desk/{org=exporter}/meeting-days/{day=day}/times | POST | in = owner order_desk; 403 = editor viewer
/desk/{org=importer}/meeting-days/{day=day}/times | POST | in = importer_owner buyer; 403 = importer_viewer
/desk/{org=exporter}/meeting-days/{day=day}/wishes | POST | in = owner order_desk; 403 = editor viewer
/desk/{org=importer}/meeting-days/{day=day}/wishes | POST | in = importer_owner buyer; 403 = importer_viewer
/desk/{org=exporter}/meeting-days/{day=day}/withdraw | POST | in = owner order_desk; 403 = editor viewer
/desk/{org=importer}/meeting-days/{day=day}/withdraw | POST | in = importer_owner buyer; 403 = importer_viewer
/desk/{org=exporter}/meetings | GET | in = owner editor order_desk viewer
/desk/{org=importer}/meetings | GET | in = importer_owner buyer importer_viewer
/desk/{org=exporter}/meetings/feed | POST | in = owner editor order_desk viewer
/desk/{org=importer}/meetings/feed | POST | in = importer_owner buyer importer_viewer
/desk/{org=exporter}/meetings/new | GET | in = owner order_desk; 403 = editor viewer
/desk/{org=importer}/meetings/new | GET | in = importer_owner buyer; 403 = importer_viewer
/desk/{org=exporter}/meetings/new | POST | 403 = owner editor order_desk viewer
/desk/{org=importer}/meetings/new | POST | 403 = importer_viewer
/desk/{org=exporter}/meetings/{meeting=meeting} | GET | in = owner editor order_desk viewer
/desk/{org=importer}/meetings/{meeting=meeting} | GET | in = importer_owner buyer importer_viewer
/desk/{org=exporter}/meetings/{meeting=meeting}/accept | POST | in = owner order_desk; 403 = editor viewer
/desk/{org=importer}/meetings/{meeting=meeting}/accept | POST | in = importer_owner buyer; 403 = importer_viewer
/desk/{org=exporter}/meetings/{meeting=meeting}/cancel | POST | in = owner order_desk; 403 = editor viewer
/desk/{org=importer}/meetings/{meeting=meeting}/cancel | POST | in = importer_owner buyer; 403 = importer_viewer
/desk/{org=exporter}/meetings/{meeting=meeting}/decline | POST | in = owner order_desk; 403 = editor viewer
/desk/{org=importer}/meetings/{meeting=meeting}/decline | POST | in = importer_owner buyer; 403 = importer_viewer
/desk/{org=exporter}/meetings/{meeting=met}/outcome | POST | in = owner order_desk; 403 = editor viewer
/desk/{org=importer}/meetings/{meeting=met}/outcome | POST | in = importer_owner buyer; 403 = importer_viewer
/desk/{org=exporter}/meetings/{meeting=meeting}/propose | POST | in = owner order_desk; 403 = editor viewer
/desk/{org=importer}/meetings/{meeting=meeting}/propose | POST | in = importer_owner buyer; 403 = importer_viewer
/desk/{org=exporter}/meetings/{meeting=meeting}/room | POST | in = owner order_desk; 403 = editor viewer
/desk/{org=importer}/meetings/{meeting=meeting}/room | POST | in = importer_owner buyer; 403 = importer_viewer

# Staff
/staff/announcements | GET | in = post other_post association other_association admin
/staff/announcements/new | GET | in = post other_post association other_association admin
/staff/announcements/new | POST | 
/staff/announcements/{id=news} | GET | in = association admin
/staff/announcements/{id=news}/audience | GET POST | in = association admin
/staff/announcements/{id=news}/audience/count.json | GET | in = association admin
/staff/announcements/{id=news}/edit | GET POST | in = association admin
/staff/announcements/{id=news}/preview | GET | in = association admin
/staff/announcements/{id=news}/preview/{lang=en}/mail | GET | in = association admin
/staff/announcements/{id=news}/progress.json | GET | in = association admin
/staff/announcements/{id=news}/test | POST | in = association admin
/staff/announcements/{id=news}/{step=submit} | POST | in = association admin
/staff/events | GET | in = post other_post association other_association admin
/staff/events.csv | GET | in = post other_post association other_association admin
/staff/events/import | GET POST | in = post other_post association other_association admin
/staff/events/import/commit | POST | in = post other_post association other_association admin
/staff/events/import/mappings/{name=no-such-import} | GET | 
/staff/events/import/template | GET | in = post other_post association other_association admin
/staff/events/import/{id=no-such-import} | GET | 
/staff/events/import/{id=no-such-import}/report.csv | GET | 
/staff/events/new | GET POST | in = post other_post association other_association admin
/staff/events/{event=event}/door | GET POST | in = association admin
/staff/events/{event=event}/door/list.json | GET | in = association admin
/staff/events/{event=event}/door/scans | POST | in = association admin
/staff/events/{event=event}/guests | GET | in = association admin
/staff/events/{event=event}/guests/{guest=guest} | POST | in = association admin
/staff/events/{event=event}/registrations | GET POST | in = association admin
/staff/events/{event=event}/registrations.csv | GET | in = association admin
/staff/events/{event=event}/registrations/{registration=booked} | GET | in = association admin
/staff/events/{event=event}/registrations/{registration=booked}/{action=confirm} | POST | in = association admin
/staff/events/{id=event} | GET | in = association admin
/staff/events/{id=event}/copy | POST | in = association admin
/staff/events/{id=plan}/discard | POST | in = association
/staff/events/{id=event}/edit | GET POST | in = association admin
/staff/events/{id=event}/files | GET POST | in = association admin
/staff/events/{id=event}/files/remove | POST | in = association admin
/staff/events/{id=event}/files/{file=leaflet} | GET | in = association admin
/staff/events/{id=event}/programme | GET POST | in = association admin
/staff/events/{id=event}/programme/remove | POST | 
/staff/events/{id=event}/questions | GET POST | in = association admin
/staff/events/{id=event}/questions/{act=add} | POST | nobody at all
/staff/events/{id=mission}/steps/{step=approve} | POST | 403 = association; in = admin
/staff/meeting-days | GET | in = post other_post association other_association admin
/staff/meeting-days/new | GET POST | in = post other_post association other_association admin
/staff/meeting-days/{day=day} | GET | in = association admin
/staff/meeting-days/{day=day}/agenda | GET | in = association admin
/staff/meeting-days/{day=day}/discard | POST | in = association admin
/staff/meeting-days/{day=day}/edit | GET POST | in = association admin
/staff/meeting-days/{day=day}/progress | GET | in = association admin
/staff/meeting-days/{day=day}/reasons | GET | 
/staff/meeting-days/{day=day}/steps/{step=invite} | POST | 

# Programs
!/api/v1/meeting-days | GET | sign-in = signed in; in = key key_view other_key key_orders key_buy
!/api/v1/meeting-days/{day=day} | GET | sign-in = signed in; in = key key_view key_orders key_buy
!/api/v1/meeting-days/{day=day}/agenda | GET | sign-in = signed in; in = key key_view key_orders key_buy
!/api/v1/meeting-days/{day=day}/participants | GET | sign-in = signed in; in = key key_view key_orders key_buy
!/api/v1/meeting-days/{day=day}/times | GET | sign-in = signed in; in = key key_view key_orders key_buy
!/api/v1/meeting-days/{day=day}/times | PUT | sign-in = signed in; 403 = key key_view; in = other_key key_orders key_buy
!/api/v1/meeting-days/{day=day}/wishes | GET | sign-in = signed in; in = key key_view key_orders key_buy
!/api/v1/meeting-days/{day=day}/wishes | PUT | sign-in = signed in; 403 = key key_view; in = other_key key_orders key_buy
!/api/v1/meeting-days/{day=day}/withdraw | POST | sign-in = signed in; 403 = key key_view; in = key_orders key_buy
!/api/v1/meetings | GET | sign-in = signed in; in = key key_view other_key key_orders key_buy
!/api/v1/meetings | POST | sign-in = signed in; 403 = key key_view; in = other_key key_orders key_buy
!/api/v1/meetings/{meeting=meeting} | GET | sign-in = signed in; in = key key_view key_orders key_buy
!/api/v1/meetings/{meeting=meeting}/accept | POST | sign-in = signed in; 403 = key key_view; in = other_key key_orders key_buy
!/api/v1/meetings/{meeting=meeting}/cancel | POST | sign-in = signed in; 403 = key key_view; in = key_orders key_buy
!/api/v1/meetings/{meeting=meeting}/decline | POST | sign-in = signed in; 403 = key key_view; in = key_orders key_buy
!/api/v1/meetings/{meeting=meeting}/propose | POST | sign-in = signed in; 403 = key key_view; in = other_key key_orders key_buy
!/api/v1/registrations | GET | sign-in = signed in; in = key key_view other_key key_orders key_buy
!/api/v1/registrations | POST | sign-in = signed in; 403 = key key_view; in = other_key key_orders key_buy
!/api/v1/registrations/{registration=seat} | GET | sign-in = signed in; in = key key_view key_orders
!/api/v1/registrations/{registration=seat}/answer | POST | sign-in = signed in; 403 = key key_view; in = other_key key_orders key_buy
!/api/v1/registrations/{registration=seat}/cancel | POST | sign-in = signed in; 403 = key key_view; in = key_orders
"""
